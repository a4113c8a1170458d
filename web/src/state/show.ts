/** The day as everyone sees it: items with three times each, what is now, what is next. */

import type { ClockPair, Data, EventFrame } from "../realtime/frames";

export type ItemKind = "live" | "break" | "discussion" | "parallel" | "recorded" | "committee_chat" | "end";
export type ItemState = "planned" | "on_air" | "done" | "skipped";
export type Timing = "hard" | "soft" | "elastic";

export interface PersonInItem {
  name: string;
  title: string | null;
  role: string | null;
}

export interface Item {
  id: string;
  title: string;
  short_title: string | null;
  long_title?: string | null;
  kind: ItemKind;
  parent: string | null;
  section: string | null;
  timing: Timing;
  minimum_s: number | null;
  planned_start: string;
  planned_end: string;
  expected_start: string;
  expected_end: string;
  actual_start: string | null;
  actual_end: string | null;
  earliest_start: string;
  length_s: number;
  state: ItemState;
  run: number;
  people: PersonInItem[];
  people_pending: boolean;
  content_pending: boolean;
  description: string | null;
  source: string | null;
  film: string | null;
  on: "channel" | "on_demand";
  choose: number | null;
  recommends: string[];
  /** What a municipality discusses about it, in its own room. */
  questions: string[];
  sector: string | null;
  place: string | null;
}

export interface Section {
  id: string;
  title: string;
}

export interface Show {
  edition: string;
  title: string;
  date: string;
  timezone: string;
  version: string;
  sections: Section[];
  items: Item[];
  now: string | null;
  next: string | null;
  running: string[];
  mode: "automatic" | "manual";
  state: "before" | "running" | "held" | "ended";
  /** Over from `until` on, though it stands here until it is replaced or cleared. */
  announcement: { text: string; until: string | null; urgent?: boolean } | null;
  slate: { item: string; text: string | null; since: string } | null;
  lap: number;
  reckonings: number;
  /** Where to go if these pages fail. */
  backup: string | null;
  clock?: ClockPair;
}

/** What an event that moves time carries for each item it moved. A moment that is left out is none. */
interface ItemTimes {
  item: string;
  planned_start: string;
  planned_end: string;
  expected_start: string;
  expected_end: string;
  actual_start?: string;
  actual_end?: string;
  earliest_start: string;
  length_s: number;
}

type Apply = (show: Show, data: Data) => Show;

const applied: Record<string, Apply> = {
  item_started: started,
  item_ended: (show, { item, again }) => {
    const left = inState(show, String(item), again === true ? "planned" : "done");
    return item === show.now ? { ...left, now: null } : left;
  },
  item_skipped: (show, { item }) => inState(show, String(item), "skipped"),
  show_held: (show) => ({ ...show, state: "held" }),
  show_resumed: (show) => ({ ...show, state: show.now === null ? "before" : "running" }),
  mode_set: (show, { mode }) => ({ ...show, mode: mode as Show["mode"] }),
  times_reckoned: (show) => ({ ...show, reckonings: show.reckonings + 1 }),
  slate_shown: (show, { item, text, since }) => ({
    ...show,
    slate: { item: String(item), text: textOrNone(text), since: String(since) },
  }),
  slate_cleared: (show) => ({ ...show, slate: null }),
  announced: (show, { text, until, urgent }) => ({
    ...show,
    announcement: { text: String(text), until: textOrNone(until), urgent: urgent === true },
  }),
  announcement_cleared: (show) => ({ ...show, announcement: null }),
  backup_announced: (show, { address }) => ({ ...show, backup: String(address) }),
  backup_cleared: (show) => ({ ...show, backup: null }),
  // Another version of the programme: the event holds the whole show as it stands after it.
  programme_adopted: (_, { show }) => show as unknown as Show,
  day_ended: (show) => ({ ...show, state: "ended", now: null, slate: null }),
  day_started_over: (show, { lap }) => ({
    ...show,
    state: "before",
    now: null,
    slate: null,
    lap: Number(lap),
    items: show.items.map((item) => ({ ...item, state: "planned" })),
  }),
};

/** The show after an event. `next` and `running` follow from the items; times are never worked out here. */
export function evolveShow(show: Show, event: EventFrame): Show {
  const changed = applied[event.name]?.(show, event.data) ?? show;
  const items = withTimes(changed.items, (event.data.times ?? []) as ItemTimes[]);
  return {
    ...changed,
    items,
    next: items.find((item) => item.parent === null && item.state === "planned")?.id ?? null,
    running: items.filter((item) => item.parent !== null && item.state === "on_air").map((item) => item.id),
  };
}

function started(show: Show, data: Data): Show {
  const entry = show.items.find((item) => item.id === data.item);
  if (!entry) return show;
  const items = show.items.map((item): Item => (item === entry ? { ...item, state: "on_air", run: Number(data.run) } : item));
  if (entry.parent !== null) return { ...show, items };
  return { ...show, items, now: entry.id, state: show.state === "held" ? "held" : "running", slate: null };
}

function inState(show: Show, id: string, state: ItemState): Show {
  return { ...show, items: show.items.map((item) => (item.id === id ? { ...item, state } : item)) };
}

function withTimes(items: Item[], times: ItemTimes[]): Item[] {
  if (times.length === 0) return items;
  const told = new Map(times.map(({ item, ...rest }) => [item, rest]));
  return items.map((item) => {
    const changed = told.get(item.id);
    return changed ? { ...item, actual_start: null, actual_end: null, ...changed } : item;
  });
}

function textOrNone(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
