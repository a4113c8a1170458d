/**
 * Hours on the board: to the minute, as everywhere, unless the programme itself is planned in seconds; then a minute
 * would say the same of two items.
 */

import type { Show } from "../../state/show";
import { clock, clockWithSeconds } from "../../words/formats";

export type Hour = (at: string | number) => string;

const minute_ms = 60_000;

export function isFine(show: Show): boolean {
  return show.items.some((item) => Date.parse(item.planned_start) % minute_ms !== 0);
}

export function hoursOf(show: Show): Hour {
  return isFine(show) ? clockWithSeconds : clock;
}
