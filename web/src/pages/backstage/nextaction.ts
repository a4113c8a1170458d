/** What the large button will do, so that its label can say so. */

import { itemOf } from "../../state/day";
import type { Item, Show } from "../../state/show";
import { waits } from "./forecast";

export type NextAction =
  | { name: "begin"; item: Item; wait_ms: number | null }
  | { name: "next"; item: Item; wait_ms: number | null }
  | { name: "end"; item: Item; wait_ms: number | null }
  | { name: "over" };

/** `wait_ms`: how long until the clock does it by itself; null when only a person will. */
export function nextAction(show: Show, now_ms: number): NextAction {
  const item = itemOf(show, show.next);
  if (!item || show.state === "ended") return { name: "over" };
  const wait_ms = waits(show) ? null : Math.max(0, Date.parse(item.expected_start) - now_ms);
  if (item.kind === "end") return { name: "end", item, wait_ms };
  return { name: show.now === null ? "begin" : "next", item, wait_ms };
}

/** The item that `back` would give a new run. */
export function previousOf(show: Show): Item | null {
  const spine = show.items.filter((item) => item.parent === null);
  if (show.state === "ended") return spine.at(-2) ?? null;
  const at = spine.findIndex((item) => item.id === show.now);
  return at > 0 ? (spine[at - 1] ?? null) : null;
}
