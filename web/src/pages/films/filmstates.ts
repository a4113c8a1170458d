/** The films as the topic `films` tells of them, in the groups in which the programme shows them. */

import { itemOf } from "../../state/day";
import type { Item, Show } from "../../state/show";

export type FilmState = "missing" | "uploading" | "paused" | "waiting" | "checking" | "making" | "packaging" | "ready" | "refused";

export interface UploadThere {
  id: string;
  name: string;
  size: number;
  offset: number;
  by: string;
}

export interface Fit {
  room_s: number;
  slot_s: number;
  shared_by: number;
  over_s: number;
}

export interface Film {
  items: string[];
  state: FilmState;
  progress: number;
  left_s: number | null;
  upload: UploadThere | null;
  ready: boolean;
  version: string | null;
  duration_s: number | null;
  file: { name: string; width: number; height: number; fps: number; has_sound: boolean; against: string[] } | null;
  refused: { code: string; detail: string; name: string } | null;
  fit: Fit;
  captions: Record<string, { cues: number; end_s: number }>;
}

export interface FilmsTold {
  films: Record<string, Film>;
  largest_bytes: number;
}

export interface Row {
  id: string;
  item: Item;
  film: Film;
}

export interface Group {
  /** The slot whose films these are; null: a film that is an item of the day by itself. */
  slot: Item | null;
  rows: Row[];
}

export function groupsOf(show: Show, told: FilmsTold): Group[] {
  const groups: Group[] = [];
  for (const [id, film] of Object.entries(told.films)) {
    const item = itemOf(show, film.items[0]);
    if (!item) continue;
    const slot = itemOf(show, item.parent);
    const group = groups.find((each) => each.slot === slot) ?? { slot, rows: [] };
    if (group.rows.length === 0) groups.push(group);
    group.rows.push({ id, item, film });
  }
  return groups;
}

export type Warning =
  | { name: "too_long" | "too_short"; by_s: number }
  | { name: "captions_missing" | "no_sound" }
  | { name: "captions_too_long"; by_s: number };

const captions_may_end_after_s = 5;

/** What should be looked at although the film can be shown. */
export function warningsOf({ film }: Row): Warning[] {
  if (film.duration_s === null) return [];
  const { over_s } = film.fit;
  const late_s = Math.max(0, ...Object.values(film.captions).map(({ end_s }) => end_s - (film.duration_s ?? 0)));
  return [
    over_s > 0 ? ({ name: "too_long", by_s: over_s } as const) : null,
    over_s < 0 ? ({ name: "too_short", by_s: -over_s } as const) : null,
    Object.keys(film.captions).length === 0 ? ({ name: "captions_missing" } as const) : null,
    late_s > captions_may_end_after_s ? ({ name: "captions_too_long", by_s: late_s } as const) : null,
    film.file && !film.file.has_sound ? ({ name: "no_sound" } as const) : null,
  ].filter((warning) => warning !== null);
}

/** Work that is going on, with or without a measure of it. */
export function isUnderWay({ film }: Row): boolean {
  return !["missing", "ready", "refused"].includes(film.state);
}

export type Kind = "captions" | "film";

export function kindOf(file: File): Kind {
  return /\.(vtt|srt)$/i.test(file.name) ? "captions" : "film";
}
