/**
 * What was found, and what it means: measurements in, one finding with one verdict out. Nothing here measures.
 *
 * The limits are the day's own: the picture needs about three megabits a second, the room and the questions next to
 * nothing, and countdowns follow the server's clock whatever the machine's own says.
 */

import type { Health } from "../camera/health";

export type Verdict = "good" | "note" | "bad";
export type Facts = Readonly<Record<string, number>>;

export interface Finding {
  verdict: Verdict;
  /** Names the sentence in the catalogue. */
  code: string;
  facts: Facts;
}

const good = (code: string, facts: Facts = {}): Finding => ({ verdict: "good", code, facts });
const note = (code: string, facts: Facts = {}): Finding => ({ verdict: "note", code, facts });
const bad = (code: string, facts: Facts = {}): Finding => ({ verdict: "bad", code, facts });

export interface Features {
  mse: boolean;
  managed: boolean;
  native: boolean;
  h264: boolean;
  aac: boolean;
}

export function browserFinding({ mse, managed, native, h264, aac }: Features): Finding {
  if (!mse && !managed && !native) return bad("no_player");
  if (!h264) return bad("no_h264");
  if (!aac) return bad("no_aac");
  return mse || managed ? good("browser") : good("browser_native");
}

export interface Screening {
  played_s: number;
  started_after_s: number | null;
  stalls: number;
  /** The browser would not play with sound by itself. */
  blocked: boolean;
  /** The server's status when there was nothing to play; 0: no answer. */
  nothing: number | null;
}

const enough_s = 6;
const slow_start_s = 5;

export function pictureFinding(seen: Screening): Finding {
  const { played_s, started_after_s, stalls, blocked, nothing } = seen;
  if (played_s < enough_s) return nothing === 503 ? note("clip_not_ready") : bad(played_s > 0 ? "picture_stopped" : "no_picture", { nothing: nothing ?? -1 });
  if (stalls > 0) return note("picture_stalled", { stalls });
  if (started_after_s !== null && started_after_s > slow_start_s) return note("picture_slow", { seconds: Math.round(started_after_s) });
  return blocked ? note("picture_muted") : good("picture");
}

const audible_db = -55;

/** What the person says decides; what was measured says where to look. */
export function soundFinding(heard: boolean, loudest_db: number | null): Finding {
  if (heard) return good("sound");
  return loudest_db !== null && loudest_db > audible_db ? bad("sound_from_browser") : bad("no_sound");
}

export interface Clocks {
  round_trip_ms: number;
  /** How far this machine's clock is ahead of the server's. */
  ahead_ms: number;
}

const far_ms = 400;
const wrong_ms = 60_000;

export function serverFinding(clocks: Clocks | null): Finding {
  if (!clocks) return bad("no_server");
  const facts = { ms: Math.round(clocks.round_trip_ms), minutes: Math.round(clocks.ahead_ms / 60_000) };
  if (Math.abs(clocks.ahead_ms) > wrong_ms) return note("clock_off", facts);
  return clocks.round_trip_ms > far_ms ? note("server_far", facts) : good("server", facts);
}

export interface Socket {
  opened: boolean;
  /** Only who is signed in gets an answer to measure. */
  round_trip_ms: number | null;
}

export interface Stream {
  events: number;
  spread_ms: number;
}

const all_events = 5;
/** Five events leave the server over 0.8 s; together at the end means that somebody held them. */
const held_ms = 250;

export function lineFinding(socket: Socket, stream: Stream): Finding {
  if (socket.opened) return socket.round_trip_ms === null ? good("line_open") : good("line", { ms: Math.round(socket.round_trip_ms) });
  if (stream.events < all_events) return bad("no_line");
  return stream.spread_ms < held_ms ? bad("line_held") : note("line_fallback");
}

export interface Download {
  bytes: number;
  ms: number;
}

const needed_mbit = 3;
const comfortable_mbit = 6;

export function megabits({ bytes, ms }: Download): number {
  return Math.round((bytes * 8) / Math.max(1, ms) / 100) / 10;
}

export function speedFinding(download: Download | null): Finding {
  if (!download || download.bytes === 0) return note("no_speed");
  const mbit = megabits(download);
  if (mbit < needed_mbit) return bad("speed_low", { mbit });
  return mbit < comfortable_mbit ? note("speed_tight", { mbit }) : good("speed", { mbit });
}

export function cameraFinding(size: { width: number; height: number } | null): Finding {
  if (!size) return bad("no_camera");
  return size.height < 480 ? note("camera_small", size) : good("camera", size);
}

const spoken_db = -50;

export function microphoneFinding(loudest_db: number | null): Finding {
  if (loudest_db === null) return bad("no_microphone");
  return loudest_db > spoken_db ? good("microphone") : note("microphone_silent");
}

export interface Route {
  relayed: boolean;
  /** How it leaves this machine: udp, tcp or tls. */
  protocol: string;
  round_trip_ms: number;
}

export function routeFinding(route: Route | null): Finding {
  if (!route) return bad("no_route");
  const facts = { ms: Math.round(route.round_trip_ms) };
  if (route.protocol !== "udp") return note("route_tcp", facts);
  return route.relayed ? note("route_relay", facts) : good("route_udp", facts);
}

const few_fps = 15;
const much_lost = 0.02;

export function sendingFinding(health: Health | null): Finding {
  if (!health || health.bitrate_bps === 0) return bad("no_route");
  const { width, height, lost_share, limited_by } = health;
  const fps = Math.round(health.fps);
  const mbit = Math.round(health.bitrate_bps / 100_000) / 10;
  if (lost_share !== null && lost_share > much_lost) return note("sending_lossy", { percent: Math.round(lost_share * 100) });
  if (fps < few_fps) return note(limited_by === "cpu" ? "sending_busy" : "sending_slow", { fps });
  return good("sending", { fps, mbit, width: width ?? 0, height: height ?? 0 });
}

export function worst(findings: readonly Finding[]): Verdict {
  if (findings.some(({ verdict }) => verdict === "bad")) return "bad";
  return findings.some(({ verdict }) => verdict === "note") ? "note" : "good";
}
