/** The strip that a cut is made on: where it may begin and end, and how a handle moves. All of it on the whole replay's time. */

import type { Cut } from "../../state/recordings";

const hz = 90_000;

/** As `/api/recordings/{item}` tells it; of each part: bit 0 of its kind: a picture that stands alone; bit 1: a segment begins. */
export interface StripTold {
  item: string;
  duration_s: number;
  gaps: [number, number][];
  parts: { at_s: number[]; ticks: number[]; ends: number[]; kinds: number[] };
  peaks: number[] | null;
  peaks_a_second: number;
}

/** A place where a cut may begin or end. */
export interface Place {
  at_s: number;
  ticks: number;
  segment: boolean;
}

export interface Places {
  starts: Place[];
  ends: Place[];
}

/** Indices into the places. */
export interface Draft {
  start: number;
  end: number;
}

const stands_alone = 1;
const begins_segment = 2;

export function placesOf({ parts }: StripTold): Places {
  const starts: Place[] = [];
  const ends: Place[] = [];
  parts.ticks.forEach((ticks, index) => {
    const [at_s = 0, until = ticks, kind = 0] = [parts.at_s[index], parts.ends[index], parts.kinds[index]];
    const next = parts.kinds[index + 1];
    if (kind & stands_alone) starts.push({ at_s, ticks, segment: (kind & begins_segment) > 0 });
    ends.push({ at_s: at_s + (until - ticks) / hz, ticks: until, segment: next === undefined || (next & begins_segment) > 0 });
  });
  return { starts, ends };
}

/** The places of a cut; what it does not say is the beginning or the end. */
export function draftOf(places: Places, cut: Pick<Cut, "start_ticks" | "end_ticks">): Draft {
  const { start_ticks, end_ticks } = cut;
  const start = start_ticks === null ? 0 : places.starts.findIndex(({ ticks }) => ticks >= start_ticks);
  const end = end_ticks === null ? places.ends.length - 1 : places.ends.findLastIndex(({ ticks }) => ticks <= end_ticks);
  return { start: Math.max(0, start), end: end < 0 ? places.ends.length - 1 : end };
}

/** What is asked for when a draft is saved: nothing is said of what is left as it was. */
export function cutOfDraft(places: Places, draft: Draft): { start_ticks: number | null; end_ticks: number | null } {
  return {
    start_ticks: draft.start === 0 ? null : (places.starts[draft.start]?.ticks ?? null),
    end_ticks: draft.end === places.ends.length - 1 ? null : (places.ends[draft.end]?.ticks ?? null),
  };
}

export type Handle = keyof Draft;

/** A handle moved to the place nearest to a second; it never passes the other. */
export function dragged(places: Places, draft: Draft, handle: Handle, at_s: number): Draft {
  const list = handle === "start" ? places.starts : places.ends;
  let nearest = 0;
  list.forEach((place, index) => {
    if (Math.abs(place.at_s - at_s) < Math.abs((list[nearest]?.at_s ?? 0) - at_s)) nearest = index;
  });
  return kept(places, draft, { ...draft, [handle]: nearest });
}

/** A handle moved by a part, or by a segment. */
export function stepped(places: Places, draft: Draft, handle: Handle, by: 1 | -1, coarse: boolean): Draft {
  const list = handle === "start" ? places.starts : places.ends;
  let index = draft[handle] + by;
  while (coarse && list[index] && !list[index]?.segment) index += by;
  return list[index] ? kept(places, draft, { ...draft, [handle]: index }) : draft;
}

function kept(places: Places, before: Draft, after: Draft): Draft {
  const [begins, ends] = [places.starts[after.start], places.ends[after.end]];
  return begins && ends && begins.ticks < ends.ticks ? after : before;
}

export function isSame(one: Draft, other: Draft): boolean {
  return one.start === other.start && one.end === other.end;
}
