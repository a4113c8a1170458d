/** How the sending goes: counters of the connection turned into rates, and rates into one verdict in words. */

export interface Counters {
  at_ms: number;
  sent_bytes: number;
  frames: number;
  width: number | null;
  height: number | null;
  /** Of the packets between the server's newest report and the one before; null before its first. */
  lost_share: number | null;
  round_trip_ms: number | null;
  /** When the server was last heard from. */
  heard_ms: number | null;
  limited_by: "none" | "cpu" | "bandwidth" | "other";
}

export interface Health {
  bitrate_bps: number;
  fps: number;
  width: number | null;
  height: number | null;
  /** Over the last seconds. */
  lost_share: number | null;
  round_trip_ms: number | null;
  /** How long the server has been silent; its reports come about each second. */
  silent_ms: number;
  limited_by: Counters["limited_by"];
}

export type Verdict = "arrives" | "starting" | "stuck" | "lossy" | "slow" | "narrow" | "busy";

export function countersOf(report: Iterable<Record<string, unknown>>, at_ms: number): Counters {
  const counters: Counters = {
    at_ms,
    sent_bytes: 0,
    frames: 0,
    width: null,
    height: null,
    lost_share: null,
    round_trip_ms: null,
    heard_ms: null,
    limited_by: "none",
  };
  for (const one of report) {
    if (one.type === "outbound-rtp") {
      counters.sent_bytes += Number(one.bytesSent ?? 0);
      if (one.kind === "video") readVideo(counters, one);
    } else if (one.type === "remote-inbound-rtp" && one.kind === "video") {
      counters.lost_share = Number(one.fractionLost ?? 0);
      counters.heard_ms = typeof one.timestamp === "number" ? one.timestamp : at_ms;
      if (typeof one.roundTripTime === "number") counters.round_trip_ms = one.roundTripTime * 1000;
    }
  }
  return counters;
}

function readVideo(counters: Counters, video: Record<string, unknown>): void {
  counters.frames = Number(video.framesSent ?? video.framesEncoded ?? 0);
  counters.width = typeof video.frameWidth === "number" ? video.frameWidth : null;
  counters.height = typeof video.frameHeight === "number" ? video.frameHeight : null;
  counters.limited_by = (video.qualityLimitationReason as Counters["limited_by"] | undefined) ?? "none";
}

/** What the server said of the packets since its report before (RFC 3550 6.4.1). */
export interface Report {
  heard_ms: number;
  lost_share: number;
}

const reports_for_ms = 6_000;

/**
 * With the newest report, where it is a new one, and without those that are old. One alone may tell of a handful of
 * packets, of which none is lost on a line that loses a fifth.
 */
export function reportsWith(reports: readonly Report[], { heard_ms, lost_share }: Counters): readonly Report[] {
  if (heard_ms === null || lost_share === null || reports.at(-1)?.heard_ms === heard_ms) return reports;
  return [...reports.filter((report) => heard_ms - report.heard_ms < reports_for_ms), { heard_ms, lost_share }];
}

function meanLoss(reports: readonly Report[]): number | null {
  return reports.length === 0 ? null : reports.reduce((sum, { lost_share }) => sum + lost_share, 0) / reports.length;
}

export function healthOf(before: Counters, after: Counters, reports: readonly Report[]): Health {
  const seconds = Math.max(0.001, (after.at_ms - before.at_ms) / 1000);
  const { width, height, round_trip_ms, limited_by } = after;
  return {
    bitrate_bps: Math.max(0, ((after.sent_bytes - before.sent_bytes) * 8) / seconds),
    fps: Math.max(0, (after.frames - before.frames) / seconds),
    width,
    height,
    lost_share: meanLoss(reports),
    round_trip_ms,
    silent_ms: Math.max(0, after.at_ms - (after.heard_ms ?? after.at_ms)),
    limited_by,
  };
}

const sleeps_from_ms = 3_000;

/**
 * Whether this computer stood still between two readings, for longer than the server waits for a picture: it has let
 * go of us then. A page behind another may be slow to look, and its pictures are sent all the same.
 */
export function hasSlept(before: Counters, after: Counters, usual: Health | null): boolean {
  const gap_ms = after.at_ms - before.at_ms;
  return gap_ms >= sleeps_from_ms && (after.frames - before.frames) / (gap_ms / 1000) < (usual?.fps ?? few_fps) / 2;
}

const much_lost = 0.03;
const few_fps = 12;
const starting_for_ms = 6_000;
export const longest_silence_ms = 4_500;

/**
 * Only the server's own reports say that a picture arrives. A still screen sends few frames and is well, so frames
 * are judged for what moves.
 */
export function verdictOf(health: Health | null, sending_for_ms: number, moves: boolean): Verdict {
  const silent = !health || health.bitrate_bps === 0 || health.lost_share === null;
  if (silent) return sending_for_ms < starting_for_ms ? "starting" : "stuck";
  if (health.silent_ms > longest_silence_ms) return "stuck";
  if ((health.lost_share ?? 0) > much_lost) return "lossy";
  if (moves && health.fps < few_fps && sending_for_ms >= starting_for_ms) return health.limited_by === "cpu" ? "busy" : "slow";
  return health.limited_by === "bandwidth" && sending_for_ms >= 2 * starting_for_ms ? "narrow" : "arrives";
}

export function isWell(verdict: Verdict): boolean {
  return verdict === "arrives" || verdict === "starting";
}
