/** Texts as the search compares them: small letters without accents, and the Danish letters spelt out. */

const letters: Record<string, string> = { å: "aa", æ: "ae", ø: "oe", ä: "ae", ö: "oe" };

export function folded(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[åæøäö]/g, (letter) => letters[letter] ?? letter)
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "");
}

/** Whether each word asked for stands somewhere in the text. */
export function holds(text: string, asked: string): boolean {
  const looked = folded(text);
  return folded(asked)
    .split(/\s+/)
    .every((word) => looked.includes(word));
}
