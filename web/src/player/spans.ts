/**
 * Where in a recording a moment of the day lies.
 *
 * A recording is made of what was on the channel: of one run or several, with gaps between them. The playlist dates
 * its pieces; those that follow each other without a break are one span. What was said in a gap belongs to the joint:
 * it is seen when the picture goes on.
 */

import type { Span } from "./engine";

interface Piece {
  from_s: number;
  length_s: number;
  /** Null: the playlist does not say. */
  began_ms: number | null;
}

/** A date is told to the millisecond, lengths are added up from pieces. */
const slack_ms = 500;

export function spansOf(pieces: readonly Piece[]): Span[] {
  const spans: Span[] = [];
  for (const { from_s, length_s, began_ms } of pieces) {
    if (began_ms === null) continue;
    const last = spans.at(-1);
    if (last && Math.abs(endOf_ms(last) - began_ms) < slack_ms) last.length_s = from_s + length_s - last.from_s;
    else spans.push({ from_s, length_s, began_ms });
  }
  return spans;
}

/** The recording's time of a moment; null where it is before the first picture or after the last. */
export function positionAt(spans: readonly Span[], at_ms: number): number | null {
  const next = spans.findIndex((span) => at_ms < endOf_ms(span));
  const span = spans[next];
  if (!span || (next === 0 && at_ms < span.began_ms)) return null;
  return span.from_s + Math.max(0, at_ms - span.began_ms) / 1000;
}

function endOf_ms({ began_ms, length_s }: Span): number {
  return began_ms + length_s * 1000;
}
