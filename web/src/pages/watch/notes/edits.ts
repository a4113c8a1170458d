/** What somebody has done to a text, seen from before and after; and where the caret stands when others write. */

export interface Edit {
  at: number;
  removed: number;
  inserted: string;
}

/** The smallest single change from one text to the other; never half of a sign that takes two units. */
export function editBetween(before: string, after: string): Edit {
  const least = Math.min(before.length, after.length);
  let at = 0;
  while (at < least && before[at] === after[at]) at += 1;
  if (isSplit(before, at) || isSplit(after, at)) at -= 1;
  let end = 0;
  while (end < least - at && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  if (isSplit(before, before.length - end) || isSplit(after, after.length - end)) end -= 1;
  return { at, removed: before.length - at - end, inserted: after.slice(at, after.length - end) };
}

/** Parts of at most so many units, and never half a sign. */
export function parts(text: string, most: number): string[] {
  const found: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + most);
    if (isSplit(text, to)) to -= 1;
    found.push(text.slice(from, to));
    from = to;
  }
  return found;
}

/** Where a caret is after another's edit. */
export function moved(caret: number, { at, removed, inserted }: Edit): number {
  if (caret <= at) return caret;
  return at + inserted.length + Math.max(0, caret - at - removed);
}

function isSplit(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
}
