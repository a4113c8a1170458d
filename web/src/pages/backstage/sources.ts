/** The sources of the day: what the topic `sources` says of each, and what that means. Any field may be missing. */

import type { Data } from "../../realtime/frames";
import type { Show } from "../../state/show";

/** What is wrong, in a word, with the figures and inputs that belong to it. */
export interface Warning {
  code: string;
  [fact: string]: unknown;
}

export interface Figures {
  bitrate_bps?: number | null;
  fps?: number | null;
  width?: number | null;
  height?: number | null;
  keyframe_interval_s?: number | null;
  /** Below full scale: the power just now. */
  loud_db?: number | null;
}

export interface InputReport extends Figures {
  name: string;
  state: "active" | "standby" | "settling" | "silent" | "absent";
  returns_in_s?: number;
  /** How much later than those of what is shown its pictures come; null: not known. */
  behind_s?: number | null;
  warnings?: Warning[];
}

export interface SourceReport extends Figures {
  connected?: boolean;
  input?: string | null;
  chosen?: string | null;
  inputs?: InputReport[];
  /** Of the source as a whole. */
  warnings?: Warning[];
  picture?: string | null;
}

/** Nobody waits for one that is as far behind what is shown (streams/holdback.py): to hold it is refused. */
const too_late_s = 2;

export function isTooLate({ behind_s }: InputReport): boolean {
  return (behind_s ?? 0) >= too_late_s;
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
  return complaintsOf(report).length > 0 ? "warned" : "good";
}

/** What may stand by in any condition; of what it lacks, only this matters before it is needed. */
const matter_on_standby: ReadonlySet<string> = new Set(["no_picture", "no_sound", "keyframes_rare", "packets_lost", "pictures_lost"]);

/** What keeps a feed away is worth saying just when nothing comes. */
const of_a_feed = "feed_";

export interface Complaint extends Warning {
  /** The input that it is about; null: the source. */
  of: string | null;
}

/** What needs a person: of the source, of what is shown, and what would be bad to find out at a change of input. */
export function complaintsOf(report: SourceReport): Complaint[] {
  const own = (report.warnings ?? []).map((warning): Complaint => ({ ...warning, of: null }));
  const inputs = (report.inputs ?? []).flatMap(({ name, state, warnings = [] }) =>
    warnings.filter(({ code }) => state === "active" || matter_on_standby.has(code) || code.startsWith(of_a_feed)).map((warning): Complaint => ({ ...warning, of: name })),
  );
  return [...own, ...inputs];
}

const quietest_db = -60;

/** Where a level stands on a bar, 0 to 1. */
export function levelOf(audio_db: number | null): number | null {
  if (audio_db === null || Number.isNaN(audio_db)) return null;
  return Math.min(1, Math.max(0, 1 - audio_db / quietest_db));
}
