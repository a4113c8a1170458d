/** The dashboard's rows: how each item stands with its captions, the most urgent first. */

import { leavesRecording } from "../../state/day";
import type { Waivers } from "../../state/library";
import type { Item, Show } from "../../state/show";

/** An item of `/api/library/table`, as far as it is read here. */
export interface Told {
  item: string;
  captions: string[];
  waived: boolean;
  missing?: "captions" | "captions_overdue";
  warns_at?: string;
  closes_at?: string;
}

/**
 * closed: its deadline has passed. shut: it was made beforehand, and nobody sees it. warned: it closes within days.
 * due: it was live, and closes. coming: it is still to be live. waived, captioned: nothing is owed. skipped: it was never on air.
 */
export type Status = "closed" | "shut" | "warned" | "due" | "coming" | "waived" | "captioned" | "skipped";

export interface Row {
  item: Item;
  status: Status;
  languages: string[];
  closes_at: string | null;
  waiver: { by: string; reason: string; at: string } | null;
}

const urgency: Record<Status, number> = { closed: 0, warned: 1, shut: 2, due: 3, coming: 4, waived: 5, captioned: 6, skipped: 7 };

export function rowsOf(show: Show, told: readonly Told[], waivers: Waivers | null, now_ms: number): Row[] {
  return told
    .flatMap((one) => {
      const item = show.items.find(({ id }) => id === one.item);
      if (!item || !leavesRecording(item)) return [];
      const status = statusOf(one, item, now_ms);
      return [{ item, status, languages: one.captions, closes_at: one.closes_at ?? null, waiver: one.waived ? (waivers?.waivers[one.item] ?? null) : null }];
    })
    .sort((a, b) => urgency[a.status] - urgency[b.status] || (a.closes_at ?? "").localeCompare(b.closes_at ?? ""));
}

/** How many items lack captions now, and of how many the picture is still to come. */
export interface Sum {
  owed: number;
  coming: number;
  all: number;
}

export const OWING: readonly Status[] = ["closed", "shut", "warned", "due"];

export function sumOf(rows: readonly Row[]): Sum {
  const count = (counts: (status: Status) => boolean): number => rows.filter(({ status }) => counts(status)).length;
  return { owed: count((status) => OWING.includes(status)), coming: count((status) => status === "coming"), all: count((status) => status !== "skipped") };
}

function statusOf(told: Told, item: Item, now_ms: number): Status {
  if (told.captions.length > 0) return "captioned";
  if (item.kind === "live" && item.state === "skipped" && item.run === 0) return "skipped";
  if (told.waived) return "waived";
  if (told.missing === "captions_overdue") return "closed";
  if (told.missing === "captions") return "shut";
  if (told.warns_at !== undefined && Date.parse(told.warns_at) <= now_ms) return "warned";
  return told.closes_at !== undefined || item.kind === "recorded" ? "due" : "coming";
}
