/** The objects that travel on the socket, as PROTOCOL lists them. Nothing here acts. */

export type Data = Record<string, unknown>;

export interface Position {
  epoch: string;
  seq: number;
}

export interface Person {
  id: string;
  name: string;
  role: string;
  municipality: string | null;
}

/** Two instants that were the same moment, and how fast show time runs beside wall time. */
export interface ClockPair {
  wall: string;
  show: string;
  speed: number;
}

export interface Welcome {
  op: "welcome";
  v: number;
  connection: string;
  clock: ClockPair;
  beat_s: number;
  limits?: { message_bytes: number; topics: number };
  retry?: { base_ms: number; cap_ms: number };
  person: Person;
}

export interface Joined {
  op: "joined";
  topic: string;
  mode: "live" | "resume" | "snapshot" | "state";
  epoch?: string;
  seq?: number;
  head?: number;
  snapshot?: Data;
}

export interface EventFrame {
  op: "event";
  topic: string;
  seq: number;
  name: string;
  at: string;
  show_at?: string;
  cause?: string;
  data: Data;
}

export interface StateFrame {
  op: "state";
  topic: string;
  data: Data;
}

export interface Denied {
  op: "denied";
  topic: string;
  code: string;
}

export interface Done {
  op: "done";
  id: string;
  topic?: string;
  seq?: number;
  held?: boolean;
}

export interface Refused {
  op: "refused";
  id: string | null;
  code: string;
  detail?: string;
  retry_ms?: number;
  [fact: string]: unknown;
}

export interface History {
  op: "history";
  id: string;
  topic: string;
  items: Data[];
  more: boolean;
}

export interface Drain {
  op: "drain";
  within_ms: number;
}

export type ServerFrame =
  | Welcome
  | Joined
  | EventFrame
  | StateFrame
  | Denied
  | Done
  | Refused
  | History
  | Drain
  | { op: "beat" }
  | { op: "pong" };

export interface TopicRequest extends Partial<Position> {
  topic: string;
}

export type ClientFrame =
  | { op: "hello"; v: 1; topics: TopicRequest[] }
  | ({ op: "join" } & TopicRequest)
  | { op: "leave"; topic: string }
  | { op: "do"; id: string; topic: string; name: string; data: Data }
  | { op: "history"; id: string; topic: string; before: number; limit: number }
  | { op: "ping" };

/** Splits one text frame into its objects; what cannot be parsed is left out, never thrown. */
export function parseFrames(text: string): ServerFrame[] {
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line) as ServerFrame];
    } catch {
      return [];
    }
  });
}
