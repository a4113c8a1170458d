/** A list of mail addresses as somebody pastes it, and mails of one's own where the server sends none. */

/** As strict as the server, which writes to nothing else. */
const address = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/i;
/** Mail programs take addresses of about two thousand signs. */
const longest_link = 1_900;

export interface MailList {
  good: string[];
  odd: string[];
}

/** Addresses between commas, semicolons or lines; also as mail programs copy them, with a name before. */
export function mailList(text: string): MailList {
  const pieces = text
    .split(/[\n,;]+/)
    .map((piece) => (/<([^<>]*)>\s*$/.exec(piece)?.[1] ?? piece).trim())
    .filter(Boolean);
  const lower = pieces.map((piece) => piece.toLowerCase());
  const once = pieces.filter((_, at) => lower.indexOf(lower[at] ?? "") === at);
  return { good: once.filter((piece) => address.test(piece)), odd: once.filter((piece) => !address.test(piece)) };
}

/** One mailto: address for as many as it can hold, all of them in blind copy. */
export function mailtos(addresses: readonly string[], subject: string, body: string): string[] {
  const tail = `&subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body.replace(/\n/g, "\r\n"))}`;
  const rooms: string[][] = [];
  for (const one of addresses) {
    const last = rooms.at(-1);
    if (last && linkOf([...last, one], tail).length <= longest_link) last.push(one);
    else rooms.push([one]);
  }
  return rooms.map((room) => linkOf(room, tail));
}

function linkOf(addresses: readonly string[], tail: string): string {
  return `mailto:?bcc=${addresses.map(encodeURIComponent).join(",")}${tail}`;
}
