/** The day as everyone sees it: items with three times each, what is now, what is next. */

import type { ClockPair, EventFrame } from "../realtime/frames";

export type ItemKind = "live" | "break" | "discussion" | "parallel" | "recorded" | "committee_chat" | "end";
export type ItemState = "planned" | "on_air" | "done" | "skipped";
export type Timing = "hard" | "soft" | "elastic";

export interface PersonInItem {
  name: string;
  title?: string | null;
  role?: string | null;
}

export interface Item {
  id: string;
  title: string;
  short_title?: string | null;
  kind: ItemKind;
  parent: string | null;
  section?: string | null;
  timing: Timing;
  minimum_s?: number | null;
  planned_start: string;
  planned_end: string;
  expected_start: string;
  expected_end: string;
  actual_start: string | null;
  actual_end: string | null;
  state: ItemState;
  run: number;
  people: PersonInItem[];
  people_pending?: boolean;
  content_pending?: boolean;
  description?: string | null;
  source?: string | null;
  film?: string | null;
  on: "channel" | "on_demand";
  choose?: number | null;
  recommends: string[];
  sector?: string | null;
  place?: string | null;
}

export interface Show {
  title: string;
  date: string;
  timezone: string;
  now: string | null;
  next: string | null;
  running: string[];
  mode: "automatic" | "manual";
  state: "before" | "running" | "held" | "ended";
  announcement: { text: string; until?: string | null } | null;
  slate: { text?: string | null } | null;
  clock?: ClockPair;
  items: Item[];
}

export function evolveShow(show: Show, event: EventFrame): Show {
  return event ? show : show;
}
