/** The sources of the day: what the topic `sources` says of each, and what that means. Any field may be missing. */

import type { Data } from "../../realtime/frames";
import type { Show } from "../../state/show";

export interface SourceReport {
  connected?: boolean;
  input?: string | null;
  bitrate_bps?: number | null;
  fps?: number | null;
  width?: number | null;
  height?: number | null;
  keyframe_s?: number | null;
  audio_db?: number | null;
  /** As cameras over WebRTC tell it: below full scale, its sign left out. */
  sound_level_dbov?: number | null;
  keyframe_interval_s?: number | null;
  warnings?: string[];
  picture?: string | null;
}

export type Health = "good" | "warned" | "silent" | "unknown";

export interface Source {
  id: string;
  name: string;
  report: SourceReport | null;
  health: Health;
  isOnAir: boolean;
  isNext: boolean;
}

/** Those the programme names and those that report, in that order. */
export function sourcesOf(show: Show, state: Data | null): Source[] {
  const reports = (state?.sources ?? {}) as Record<string, SourceReport>;
  const named = show.items.flatMap(({ source }) => (source ? [source] : []));
  const ids = [...new Set([...named, ...Object.keys(reports)])];
  return ids.map((id) => ({
    id,
    name: show.items.find((item) => item.source === id && item.place)?.place ?? id,
    report: reports[id] ?? null,
    health: healthOf(reports[id]),
    isOnAir: show.items.some((item) => item.source === id && item.state === "on_air"),
    isNext: show.items.some((item) => item.source === id && item.id === show.next),
  }));
}

export function healthOf(report: SourceReport | undefined): Health {
  if (!report) return "unknown";
  if (report.connected !== true) return "silent";
  return warningsOf(report).length > 0 ? "warned" : "good";
}

const fewest_fps = 10;
const longest_keyframe_s = 5;

/** What the server warns of, and what its figures say by themselves. */
export function warningsOf(report: SourceReport): string[] {
  if (report.connected !== true) return [];
  const own = report.warnings ?? [];
  const seen = [
    (report.fps ?? fewest_fps) < fewest_fps ? "low_fps" : null,
    (report.keyframe_s ?? report.keyframe_interval_s ?? 0) > longest_keyframe_s ? "keyframes_far_apart" : null,
  ].filter((warning) => warning !== null);
  return [...new Set([...own, ...seen])];
}

export function loudnessOf({ audio_db, sound_level_dbov }: SourceReport): number | null {
  if (typeof audio_db === "number") return audio_db;
  return typeof sound_level_dbov === "number" ? -Math.abs(sound_level_dbov) : null;
}

const quietest_db = -60;

/** Where a level stands on a bar, 0 to 1. */
export function levelOf(audio_db: number | null): number | null {
  if (audio_db === null || Number.isNaN(audio_db)) return null;
  return Math.min(1, Math.max(0, 1 - audio_db / quietest_db));
}
