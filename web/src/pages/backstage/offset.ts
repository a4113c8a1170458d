/**
 * Over and under: how far from the plan the item on air will end, as one signed number. Late is plus.
 *
 * While a person keeps the day, what is on air ends now at the earliest: between two reckonings of the server the
 * number goes on by itself.
 */

import { itemOf, spineOf } from "../../state/day";
import type { Item, Show } from "../../state/show";
import { waits } from "./forecast";

export function offset_ms(show: Show, now_ms: number): number {
  const current = itemOf(show, show.now);
  if (current) return endOf_ms(show, current, now_ms) - Date.parse(current.planned_end);
  const next = itemOf(show, show.next);
  if (next) return startOf_ms(show, next, now_ms) - Date.parse(next.planned_start);
  const last = spineOf(show).at(-1);
  return last?.actual_end ? Date.parse(last.actual_end) - Date.parse(last.planned_end) : 0;
}

function endOf_ms(show: Show, item: Item, now_ms: number): number {
  const end_ms = Date.parse(item.expected_end);
  return waits(show) ? Math.max(end_ms, now_ms) : end_ms;
}

function startOf_ms(show: Show, item: Item, now_ms: number): number {
  const start_ms = Date.parse(item.expected_start);
  return waits(show) ? Math.max(start_ms, now_ms) : start_ms;
}
