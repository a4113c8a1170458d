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
  return (report.warnings ?? []).length > 0 ? "warned" : "good";
}

const quietest_db = -60;

/** Where a level stands on a bar, 0 to 1. */
export function levelOf(audio_db: number | null | undefined): number | null {
  if (typeof audio_db !== "number" || Number.isNaN(audio_db)) return null;
  return Math.min(1, Math.max(0, 1 - audio_db / quietest_db));
}
