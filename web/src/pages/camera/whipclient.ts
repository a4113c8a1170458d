/**
 * Publishing over WHIP (RFC 9725), and doing so again when the line drops.
 *
 *     idle ──start──▶ opening ──201──▶ connecting ──▶ sending
 *                       ▲  │              │              │
 *                       │  └──5xx, no net─┴──lost────────┘
 *                       └───── waiting ◀──┘
 *     4xx from opening ──▶ failed           stop from anywhere ──▶ stopped
 *
 * Each attempt is a new connection and a new POST: the server lets the newest publisher with a key take over, so an
 * old session that nobody has noticed the death of is never in the way. Whatever a person must mend (a key, a
 * source, a browser) ends in `failed`; everything else is tried again, sooner at first, then calmer. A session that
 * was created is deleted whenever it is left. Before each offer the server is asked for its relays.
 *
 * A server that has not been heard for seconds has let go of us: a computer that slept is silent for longer than it
 * waits. The transport notices that late (ICE takes five seconds, and may recover), so it is not waited for.
 */

import { Backoff } from "../../realtime/backoff";
import { askIceServers } from "../../realtime/iceservers";

export interface Peer {
  /** Called with the transport's state each time it changes. */
  onstate: (state: RTCPeerConnectionState) => void;
  /** With all addresses that were found in a moment, a relay's of these servers among them. */
  offer(iceServers: RTCIceServer[]): Promise<string>;
  accept(answer: string): Promise<void>;
  close(): void;
}

/** The code of a refusal (streams/webrtc/whip.py), or what we found ourselves: `unreachable`, `lost`. */
export type Reason = string;

export type WhipState =
  | { name: "idle" }
  | { name: "opening" }
  | { name: "connecting" }
  | { name: "sending" }
  | { name: "waiting"; reason: Reason; until_ms: number }
  | { name: "failed"; reason: Reason }
  | { name: "stopped" };

export interface WhipEdge {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  makePeer: () => Peer;
  changed: (state: WhipState) => void;
  now?: () => number;
  random?: () => number;
}

const wait = { base_ms: 500, cap_ms: 10_000 };
const request_for_ms = 10_000;
const connect_for_ms = 15_000;
const disconnected_for_ms = 3_000;

/** What must be mended by a person, and what it is called where somebody between us answers without a code. */
const final: Readonly<Record<number, Reason>> = {
  400: "bad_offer",
  401: "no_key",
  403: "wrong_key",
  404: "unknown_source",
  413: "too_large",
  415: "unsupported_type",
  422: "bad_offer",
};

export class WhipClient {
  state: WhipState = { name: "idle" };
  /** How many times a POST has been sent since start. */
  attempts = 0;
  private readonly backoff: Backoff;
  private peer: Peer | null = null;
  private session: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly endpoint: string,
    private readonly key: string,
    private readonly edge: WhipEdge,
  ) {
    this.backoff = new Backoff(edge.random, wait);
  }

  start(): void {
    if (this.state.name !== "idle" && this.state.name !== "stopped" && this.state.name !== "failed") return;
    this.backoff.reset();
    void this.attempt();
  }

  /** Tries now what would have been tried later: the network is back, or a person asks. */
  hurry(): void {
    if (this.state.name === "waiting") void this.attempt();
  }

  /** Nothing has been heard from the server for too long: another session, at once. */
  unheard(): void {
    if (this.state.name === "sending") void this.attempt();
  }

  stop(): void {
    this.leave();
    this.become({ name: "stopped" });
  }

  private async attempt(): Promise<void> {
    this.leave();
    this.become({ name: "opening" });
    this.attempts += 1;
    const peer = this.edge.makePeer();
    this.peer = peer;
    peer.onstate = (state) => this.peer === peer && this.transport(state);
    try {
      const iceServers = await askIceServers(this.edge.fetch, this.endpoint, this.proof);
      if (this.peer !== peer) return;
      const offer = await peer.offer(iceServers);
      if (this.peer !== peer) return;
      const answer = await this.request("POST", this.endpoint, offer);
      await this.answered(peer, answer);
    } catch {
      if (this.peer === peer) this.again("unreachable");
    }
  }

  private async answered(peer: Peer, answer: Response): Promise<void> {
    const location = answer.headers.get("Location");
    const session = answer.status === 201 && location ? resolved(location, this.endpoint) : null;
    if (this.peer !== peer) return this.forget(session);
    if (!session) return this.refused(peer, answer);
    this.session = session;
    this.become({ name: "connecting" });
    this.timer = setTimeout(() => this.again("lost"), connect_for_ms);
    await peer.accept(await answer.text());
  }

  private async refused(peer: Peer, answer: Response): Promise<void> {
    const code = await codeOf(answer);
    if (this.peer !== peer) return;
    const unnamed = final[answer.status];
    if (unnamed) {
      this.leave();
      return this.become({ name: "failed", reason: code ?? unnamed });
    }
    const after_s = Number(answer.headers.get("Retry-After"));
    this.again(code ?? "unreachable", Number.isFinite(after_s) ? after_s * 1000 : 0);
  }

  private transport(state: RTCPeerConnectionState): void {
    if (this.state.name !== "connecting" && this.state.name !== "sending") return;
    if (state === "connected") {
      this.backoff.reset();
      clearTimeout(this.timer);
      this.become({ name: "sending" });
    } else if (state === "disconnected") {
      // Often a moment of bad air; the transport mends that by itself.
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.again("lost"), disconnected_for_ms);
    } else if (state === "failed" || state === "closed") {
      this.again("lost");
    }
  }

  private again(reason: Reason, least_ms = 0): void {
    this.leave();
    const wait_ms = Math.max(least_ms, this.backoff.next_ms());
    this.become({ name: "waiting", reason, until_ms: (this.edge.now ?? Date.now)() + wait_ms });
    this.timer = setTimeout(() => void this.attempt(), wait_ms);
  }

  /** Lets go of the connection, and tells the server, which must not wait for the silence. */
  private leave(): void {
    clearTimeout(this.timer);
    const { peer, session } = this;
    this.peer = null;
    this.session = null;
    peer?.close();
    this.forget(session);
  }

  private forget(session: string | null): void {
    if (session) void this.request("DELETE", session).catch(() => undefined);
  }

  private get proof(): Record<string, string> {
    return this.key ? { Authorization: `Bearer ${this.key}` } : {};
  }

  private request(method: string, url: string, body?: string): Promise<Response> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), request_for_ms);
    const headers = this.proof;
    if (body !== undefined) headers["Content-Type"] = "application/sdp";
    // keepalive: a DELETE outlives the page that sends it.
    const init: RequestInit = { method, headers, signal: giveUp.signal, keepalive: method === "DELETE" };
    return this.edge.fetch(url, body === undefined ? init : { ...init, body }).finally(() => clearTimeout(timer));
  }

  private become(state: WhipState): void {
    this.state = state;
    this.edge.changed(state);
  }
}

/** The code of a problem body (RFC 9457); null where the answer is not the server's own. */
async function codeOf(answer: Response): Promise<string | null> {
  try {
    const { code } = (await answer.json()) as { code?: unknown };
    return typeof code === "string" ? code : null;
  } catch {
    return null;
  }
}

function resolved(location: string, endpoint: string): string {
  const base = new URL(endpoint, "http://here.invalid");
  const url = new URL(location, base);
  return url.origin === base.origin ? url.pathname + url.search : url.href;
}
