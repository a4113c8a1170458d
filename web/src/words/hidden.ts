/**
 * Signs that nobody sees: they turn the direction of a text, join what is apart, or make two texts look the same. Where
 * one stands it is shown by its number, so that a text is read as it is.
 *
 * A joiner between emoji is part of the emoji, and a tag behind the black flag part of the flag; both stay.
 */

export interface Piece {
  text: string;
  /** What is not seen is here: `U+200B`. */
  isHidden: boolean;
}

// Joiners and tags are named one by one here; that some of them combine is why they are sought.
// eslint-disable-next-line no-misleading-character-class
const hidden = /(?<!\p{Extended_Pictographic}\uFE0F?|\p{Emoji_Modifier})\u200D|[\u00AD\u034F\u061C\u180E\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\u{1D173}-\u{1D17A}]|(?<!\u{1F3F4}[\u{E0020}-\u{E007F}]*)[\u{E0000}-\u{E007F}]/gu;

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), isHidden: false });
    const number = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    pieces.push({ text: `U+${number}`, isHidden: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isHidden: false });
  return pieces;
}
