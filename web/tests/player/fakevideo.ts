/** A video element without a picture: it holds the properties a player reads and sets, and may refuse to play. */

import type { Engine, EngineListener, Opening, Span } from "../../src/player/engine";

export class FakeVideo extends EventTarget {
  paused = true;
  muted = false;
  volume = 1;
  currentTime = 0;
  duration = Infinity;
  seeking = false;
  /** "muted": as browsers are before a gesture; "never": not even muted. */
  allows: "all" | "muted" | "never" = "all";

  play(): Promise<void> {
    const allowed = this.allows === "all" || (this.allows === "muted" && this.muted);
    if (!allowed) return Promise.reject(new DOMException("a gesture is needed", "NotAllowedError"));
    this.paused = false;
    this.tell("play");
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
    this.tell("pause");
  }

  tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
}

export class FakeEngine implements Engine {
  readonly name = "fake";
  readonly opened: Opening[] = [];
  renditions = 2;
  isClosed = false;
  low = false;
  edge_s: number | null = null;
  date_ms: number | null = null;

  constructor(readonly listener: EngineListener) {}

  preferLow(low: boolean): void {
    this.low = low;
  }

  open(opening: Opening): void {
    this.opened.push(opening);
  }

  close(): void {
    this.isClosed = true;
  }

  liveEdge_s(): number | null {
    return this.edge_s;
  }

  spans(): readonly Span[] {
    return [];
  }

  playingDate_ms(): number | null {
    return this.date_ms;
  }
}
