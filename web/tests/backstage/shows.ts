/** Shows as the board behind the scene needs them: by the hours of their items, with what is on and next found in these. */

import type { Item, Show } from "../../src/state/show";
import { aShow as theDay, anItem as anItemOfTheDay } from "../state/aday";

const day = "2021-01-28T";

/** "09.15" or "09.15.30" as a moment, in UTC: the tests' zone has no offset to think of. */
export function at(hour: string): string {
  const [h = "00", m = "00", s = "00"] = hour.split(".");
  return `${day}${h}:${m}:${s}Z`;
}

export function ms(hour: string): number {
  return Date.parse(at(hour));
}

export function anItem(id: string, from: string, to: string, rest: Partial<Item> = {}): Item {
  const [start, end] = [at(from), at(to)];
  const length_s = (Date.parse(end) - Date.parse(start)) / 1000;
  const hours = { planned_start: start, planned_end: end, expected_start: start, expected_end: end, earliest_start: start, length_s };
  return anItemOfTheDay(id, { ...hours, ...rest });
}

export function onAir(item: Item): Item {
  return { ...item, state: "on_air", run: 1, actual_start: item.expected_start };
}

export function aShow(items: Item[], rest: Partial<Show> = {}): Show {
  const now = items.find((item) => item.parent === null && item.state === "on_air")?.id ?? null;
  const next = items.find((item) => item.parent === null && item.state === "planned")?.id ?? null;
  return theDay(items, now, { next, ...rest });
}
