/** Shows for tests, made of a few words each. */

import type { Item, Show } from "../../src/state/show";

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
  return {
    id,
    title: `Item ${id}`,
    short_title: null,
    kind: "live",
    parent: null,
    section: null,
    timing: "soft",
    minimum_s: null,
    planned_start: start,
    planned_end: end,
    expected_start: start,
    expected_end: end,
    actual_start: null,
    actual_end: null,
    earliest_start: start,
    length_s: (Date.parse(end) - Date.parse(start)) / 1000,
    state: "planned",
    run: 0,
    people: [],
    people_pending: false,
    content_pending: false,
    description: null,
    source: null,
    film: null,
    on: "channel",
    choose: null,
    recommends: [],
    questions: [],
    sector: null,
    place: null,
    ...rest,
  };
}

export function onAir(item: Item): Item {
  return { ...item, state: "on_air", run: 1, actual_start: item.expected_start };
}

export function aShow(items: Item[], rest: Partial<Show> = {}): Show {
  const now = items.find((item) => item.parent === null && item.state === "on_air")?.id ?? null;
  const next = items.find((item) => item.parent === null && item.state === "planned")?.id ?? null;
  return {
    edition: "test",
    title: "A day",
    date: "2021-01-28",
    timezone: "Europe/Copenhagen",
    version: "1",
    sections: [],
    items,
    now,
    next,
    running: [],
    mode: "automatic",
    state: now === null ? "before" : "running",
    announcement: null,
    slate: null,
    lap: 0,
    reckonings: 0,
    backup: null,
    ...rest,
  };
}
