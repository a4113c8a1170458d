/** What has happened in the show, for those who were looking elsewhere: when, what, and whether the clock did it. */

import type { EventFrame } from "../../realtime/frames";
import { itemOf, nameOf } from "../../state/day";
import type { Item, Show } from "../../state/show";

export interface Happening {
  seq: number;
  at_ms: number;
  name: string;
  title: string;
  by: "clock" | "person";
}

/** Orders of the clock are named after it. */
const by_clock = /^auto:/;
/** What only follows from something else that is told. */
const untold = new Set(["times_reckoned", "item_ended"]);

export function happeningOf(event: EventFrame, show: Show, at_ms: number): Happening | null {
  const item = itemOf(show, typeof event.data.item === "string" ? event.data.item : null);
  if (untold.has(event.name) || comesAlong(event, item)) return null;
  const by = event.cause && by_clock.test(event.cause) ? "clock" : "person";
  return { seq: event.seq, at_ms, name: event.name, title: item ? nameOf(item) : "", by };
}

/** Talks and theme meetings start with their slot; the slot is what is told. */
function comesAlong({ name }: EventFrame, item: Item | null): boolean {
  return name === "item_started" && item !== null && item.parent !== null && item.timing !== "hard";
}
