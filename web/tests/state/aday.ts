/** Shows built for a test: what is not said is an ordinary live item of ten minutes from nine o'clock. */

import type { Item, Show } from "../../src/state/show";

const nine_ms = Date.parse("2021-01-28T08:00:00Z");

export function anItem(id: string, given: Partial<Item> = {}): Item {
  const start = new Date(nine_ms).toISOString();
  const end = new Date(nine_ms + 600_000).toISOString();
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
    length_s: 600,
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
    ...given,
  };
}

export function aShow(items: Item[], now: string | null, given: Partial<Show> = {}): Show {
  return {
    edition: "test",
    title: "A day",
    date: "2021-01-28",
    timezone: "Europe/Copenhagen",
    version: "1",
    sections: [],
    items,
    now,
    next: null,
    running: [],
    mode: "automatic",
    state: now === null ? "before" : "running",
    announcement: null,
    slate: null,
    lap: 0,
    reckonings: 0,
    backup: null,
    ...given,
  };
}
