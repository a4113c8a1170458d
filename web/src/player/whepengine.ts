/**
 * Watching over WHEP: the shortest delay there is, for who steers.
 *
 *     opening ──201──▶ connecting ──a picture──▶ playing
 *        │  ▲              │                        │
 *        │  └─2 s── none ◀─409                      │
 *        └────anything else────┴──no picture for 4 s┴──▶ given up
 *
 * 409 means that nothing is on air: that is asked again, as a playlist that is not there yet is. Everything else
 * (UDP that is closed, too many viewers, a browser without WebRTC) ends in `given up`, once, and whoever made this
 * engine shows the picture another way. A session that was created is deleted whenever it is left.
 */

import type { Engine, EngineListener, Opening, Span } from "./engine";
import { askIceServers } from "../realtime/iceservers";
import type { Receiver } from "./receiver";

export interface WhepEdge {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  makeReceiver: () => Receiver;
  /** What shows who asks, where that is not the page's own cookie. */
  proof?: Record<string, string>;
  now?: () => number;
}

const picture_within_ms = 4_000;
const look_every_ms = 500;
const again_ms = 2_000;

export class WhepEngine implements Engine {
  readonly name = "whep";
  /** One picture for all: there is nothing to choose from. */
  readonly renditions = 1;
  private receiver: Receiver | null = null;
  private session: string | null = null;
  private watch: ReturnType<typeof setInterval> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private packets = 0;
  private moved_ms = 0;
  private playing: { picture_ms: number; at_ms: number } | null = null;
  private readonly now: () => number;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly listener: EngineListener,
    private readonly edge: WhepEdge,
    private readonly giveUp: (why: string) => void,
  ) {
    this.now = edge.now ?? (() => performance.now());
  }

  open(opening: Opening): void {
    this.close();
    void this.attempt(opening);
  }

  close(): void {
    clearInterval(this.watch);
    clearTimeout(this.timer);
    const { receiver, session } = this;
    this.receiver = this.session = this.playing = null;
    receiver?.close();
    if (receiver) this.video.srcObject = null;
    if (session) this.forget(session);
  }

  preferLow(): void {
    return;
  }

  liveEdge_s(): number | null {
    return null;
  }

  playingDate_ms(): number | null {
    return this.playing === null ? null : this.playing.picture_ms + (this.now() - this.playing.at_ms);
  }

  /** What comes this way is live. */
  spans(): readonly Span[] {
    return [];
  }

  private async attempt(opening: Opening): Promise<void> {
    const url = whepUrl(opening.url);
    if (url === null) return this.giveUp("no live channel");
    let receiver: Receiver;
    try {
      receiver = this.receiver = this.edge.makeReceiver();
    } catch {
      return this.giveUp("no WebRTC");
    }
    receiver.onstate = (state) => this.receiver === receiver && state === "failed" && this.fail("failed");
    receiver.onstream = (stream) => this.receiver === receiver && this.show(stream);
    const iceServers = await askIceServers(this.edge.fetch, url, this.edge.proof);
    if (this.receiver !== receiver) return;
    this.moved_ms = this.now();
    this.packets = 0;
    this.watch = setInterval(() => void this.look(receiver), look_every_ms);
    try {
      const offer = await receiver.offer(iceServers);
      if (this.receiver !== receiver) return;
      const answer = await this.post(url, offer);
      const session = answer.status === 201 ? answer.headers.get("Location") : null;
      if (this.receiver !== receiver) return session ? this.forget(session) : undefined;
      if (answer.status === 409) return this.nothingYet(opening);
      if (session === null) return this.fail(`status ${answer.status}`);
      this.session = session;
      await receiver.accept(await answer.text());
    } catch (error) {
      if (this.receiver === receiver) this.fail(String(error));
    }
  }

  private show(stream: MediaStream): void {
    if (this.video.srcObject === stream) return;
    this.video.srcObject = stream;
    this.listener.ready();
  }

  private nothingYet(opening: Opening): void {
    this.close();
    this.listener.nothingHere(409);
    this.timer = setTimeout(() => void this.attempt(opening), again_ms);
  }

  /** Judges by packets, not by pictures: a tab that nobody looks at may show none. */
  private async look(receiver: Receiver): Promise<void> {
    const progress = await receiver.progress().catch(() => null);
    if (this.receiver !== receiver) return;
    const now = this.now();
    if (progress && progress.packets > this.packets) {
      this.packets = progress.packets;
      this.moved_ms = now;
      this.playing = progress.playing_ms === null ? null : { picture_ms: progress.playing_ms, at_ms: now };
    }
    if (now - this.moved_ms > picture_within_ms) this.fail("no picture came");
  }

  private fail(why: string): void {
    this.close();
    this.giveUp(why);
  }

  private post(url: string, offer: string): Promise<Response> {
    return this.request("POST", url, { headers: { ...this.edge.proof, "Content-Type": "application/sdp" }, body: offer });
  }

  private forget(session: string): void {
    // keepalive: it outlives the page that sends it.
    void this.request("DELETE", session, { headers: this.edge.proof ?? {}, keepalive: true }).catch(() => undefined);
  }

  private request(method: string, url: string, more: RequestInit): Promise<Response> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), picture_within_ms);
    return this.edge.fetch(url, { method, signal: giveUp.signal, ...more }).finally(() => clearTimeout(timer));
  }
}

/** Where a live channel is watched over WHEP, from where its playlist is. */
function whepUrl(playlist: string): string | null {
  const channel = /^\/hls\/([^/]+)\/index\.m3u8$/.exec(playlist)?.[1];
  return channel === undefined ? null : `/whep/${channel}`;
}
