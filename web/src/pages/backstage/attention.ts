/** What needs a person, worst first. Held questions are beside it: they are work, these are conditions. */

import { itemOf, spineOf } from "../../state/day";
import type { Item, Show } from "../../state/show";
import { waits } from "./forecast";
import { complaintsOf, type Complaint, type Source } from "./sources";

export type Concern =
  | { name: "silent_on_air"; source: Source }
  | { name: "clash"; item: Item; at_ms: number; late: boolean }
  | { name: "overdue"; item: Item; by_ms: number }
  | { name: "warned"; source: Source; complaint: Complaint }
  | { name: "silent_next"; source: Source };

const soon_ms = 60_000;

export function concernsOf(show: Show, sources: Source[], now_ms: number): Concern[] {
  return [
    ...silent(sources, (source) => source.isOnAir, "silent_on_air"),
    ...clashes(show, now_ms),
    ...overdue(show, now_ms),
    ...sources.flatMap((source) => (source.report ? complaintsOf(source.report) : []).map((complaint): Concern => ({ name: "warned", source, complaint }))),
    ...silent(sources, (source) => source.isNext && !source.isOnAir, "silent_next"),
  ];
}

export function isGrave(concern: Concern): boolean {
  return concern.name === "silent_on_air";
}

function silent(sources: Source[], matters: (source: Source) => boolean, name: "silent_on_air" | "silent_next"): Concern[] {
  return sources.filter((source) => source.health === "silent" && matters(source)).map((source) => ({ name, source }));
}

/** A hard start that nobody lets happen: the clock would have cut what is before it. */
function clashes(show: Show, now_ms: number): Concern[] {
  if (!waits(show)) return [];
  const hard = spineOf(show).find((item) => item.state === "planned" && item.timing === "hard" && item.kind !== "end");
  const at_ms = hard ? Date.parse(hard.earliest_start) : Infinity;
  if (!hard || at_ms - now_ms > soon_ms) return [];
  return [{ name: "clash", item: hard, at_ms, late: at_ms <= now_ms }];
}

function overdue(show: Show, now_ms: number): Concern[] {
  const next = itemOf(show, show.next);
  if (!waits(show) || !next || next.timing === "hard" || show.now === null) return [];
  const current = itemOf(show, show.now);
  const by_ms = current ? now_ms - Date.parse(current.planned_end) : 0;
  return by_ms >= soon_ms ? [{ name: "overdue", item: next, by_ms }] : [];
}
