/** An @ and the beginning of a name, where the pen stands; and who is named in a text that is sent. */

import type { Found } from "./finding";

export interface Begun {
  /** Where the @ stands. */
  at: number;
  name: string;
}

/** What is being written behind an @ just now: at most three words, on one line. */
export function begunAt(text: string, caret: number): Begun | null {
  const found = /(?:^|[\s(])@(\p{L}[\p{L}'’.-]*(?: [\p{L}'’.-]*){0,2})?$/u.exec(text.slice(0, caret));
  if (!found) return null;
  const name = found[1] ?? "";
  return { at: caret - name.length - 1, name };
}

/** The text with the name written out, and where the pen stands then. */
export function written(text: string, caret: number, begun: Begun, who: Found): { text: string; caret: number } {
  const before = `${text.slice(0, begun.at)}@${who.name} `;
  return { text: before + text.slice(caret).replace(/^ /, ""), caret: before.length };
}

export function namedIn(text: string, picked: readonly Found[]): string[] {
  return [...new Set(picked.filter((one) => text.includes(`@${one.name}`)).map((one) => one.id))];
}

export interface Piece {
  text: string;
  /** A name behind an @; `mine`: the reader's own. */
  named?: "other" | "mine";
}

/** A text in pieces, so that names behind an @ can stand out. */
export function pieces(text: string, names: readonly string[], mine: string): Piece[] {
  const known = [...new Set([...names, mine])].sort((a, b) => b.length - a.length);
  const found: Piece[] = [];
  let rest = text;
  while (rest !== "") {
    const next = known
      .map((name) => ({ name, at: rest.indexOf(`@${name}`) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    if (next.at > 0) found.push({ text: rest.slice(0, next.at) });
    found.push({ text: `@${next.name}`, named: next.name === mine ? "mine" : "other" });
    rest = rest.slice(next.at + next.name.length + 1);
  }
  return rest === "" ? found : [...found, { text: rest }];
}
