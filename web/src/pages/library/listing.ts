/** The library as the server lists it for who asks, and how each item stands, in the one place that says so. */

import { leavesRecording } from "../../state/day";
import type { Document } from "../../state/documents";
import type { ItemKind, ItemState } from "../../state/show";

export interface Listed {
  item: string;
  state: "open" | "locked";
  opens_at?: string;
  reason?: "later" | "by_hand" | "closed" | "captions" | "captions_overdue";
  captions: string[];
  /** Of what is open: another one whenever their text is another. */
  captions_version?: string;
  closes_at?: string;
  answered?: number;
  documents?: Document[];
  /** It may be taken home as a file. */
  download?: true;
  title: string;
  short_title?: string;
  kind: ItemKind;
  part_of?: string;
  section?: string;
  sector?: string;
  people: { name: string; title: string | null }[];
  people_pending?: boolean;
  description?: string;
  questions: string[];
  film?: string;
  stands: ItemState;
  /** It has been on. */
  shown: boolean;
  starts: string;
  ends: string;
}

export interface Library {
  now: string;
  edition: { title: string; date: string; state: string; sections: { id: string; title: string }[] };
  items: Listed[];
}

export type Standing =
  | { name: "open" }
  /** On now, and can be seen from its beginning. */
  | { name: "live" }
  | { name: "begins"; at: string }
  | { name: "skipped" }
  | { name: "opens"; at: string }
  | { name: "byHand" }
  /** It was open, and somebody has closed it. */
  | { name: "closed" }
  | { name: "captions" }
  | { name: "overdue" };

export function standingOf(item: Listed): Standing {
  if (item.stands === "skipped" && !item.shown) return { name: "skipped" };
  if (item.state === "locked") {
    if (item.reason === "captions") return { name: "captions" };
    if (item.reason === "captions_overdue") return { name: "overdue" };
    if (item.reason === "closed") return { name: "closed" };
    return item.opens_at ? { name: "opens", at: item.opens_at } : { name: "byHand" };
  }
  if (!item.shown) return { name: "begins", at: item.starts };
  return item.stands === "on_air" && item.kind === "live" ? { name: "live" } : { name: "open" };
}

/** Whether there is a picture to play now. */
export function plays(item: Listed): boolean {
  const { name } = standingOf(item);
  return leavesRecording(item) && (name === "open" || name === "live");
}

export interface Wish {
  section: string | null;
  sector: string | null;
  year: string | null;
}

export function fits({ section, sector }: Listed, library: Library, wish: Wish): boolean {
  const year = wish.year === null || yearOf(library) === wish.year;
  return year && (wish.section === null || section === wish.section) && (wish.sector === null || sector === wish.sector);
}

export function yearOf(library: Library): string {
  return library.edition.date.slice(0, 4);
}

export function sectorsOf(library: Library): string[] {
  return [...new Set(library.items.flatMap(({ sector }) => (sector ? [sector] : [])))];
}

export interface Group {
  section: { id: string; title: string } | null;
  items: Listed[];
}

/** In the sections of the day, in its order; those without one stand where they stood. */
export function grouped(library: Library, items: readonly Listed[]): Group[] {
  const groups: Group[] = [];
  for (const item of items) {
    const section = library.edition.sections.find(({ id }) => id === item.section) ?? null;
    const last = groups.at(-1);
    if (last && last.section?.id === section?.id) last.items.push(item);
    else groups.push({ section, items: [item] });
  }
  return groups;
}

export function length_ms({ starts, ends }: Listed): number {
  return Date.parse(ends) - Date.parse(starts);
}

export function addressOf(item: string, at_s?: number): string {
  const path = `/bibliotek/${encodeURIComponent(item)}`;
  return at_s === undefined ? path : `${path}?t=${writtenTime(at_s)}`;
}

/** 1:02:03 or 2:03, as it stands in an address. */
export function writtenTime(at_s: number): string {
  const whole = Math.max(0, Math.floor(at_s));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), String(whole % 60).padStart(2, "0")];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** The seconds that an address asks for: 1:02:03, 2:03, 123; null for anything else. */
export function readTime(text: string | null): number | null {
  if (text === null || !/^\d{1,5}([:.]\d{2}){0,2}$/.test(text)) return null;
  return text.split(/[:.]/).reduce((sum, part) => sum * 60 + Number(part), 0);
}
