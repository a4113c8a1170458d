/**
 * The engine of who steers: WHEP while it works, else the way everybody watches, without being asked.
 *
 * What has once failed is not tried again before another address is opened: a picture that changes its way again and
 * again is worse than one that is two seconds old.
 */

import type { Engine, EngineListener, MakeEngine, Opening, Span } from "./engine";
import { bestEngine } from "./engines";
import { PeerReceiver } from "./receiver";
import { WhepEngine } from "./whepengine";

export type MakeFast = (video: HTMLVideoElement, listener: EngineListener, giveUp: (why: string) => void) => Engine;

export class SteeringEngine implements Engine {
  private current: Engine | null = null;
  private low = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly listener: EngineListener,
    private readonly makeFast: MakeFast,
    private readonly makeSure: MakeEngine,
  ) {}

  get name(): string {
    return this.current?.name ?? "none";
  }

  get renditions(): number {
    return this.current?.renditions ?? 1;
  }

  preferLow(low: boolean): void {
    this.low = low;
    this.current?.preferLow(low);
  }

  open(opening: Opening): void {
    this.close();
    this.current = this.makeFast(this.video, this.listener, (why) => this.fallBack(opening, why));
    this.current.open(opening);
  }

  close(): void {
    this.current?.close();
    this.current = null;
  }

  liveEdge_s(): number | null {
    return this.current?.liveEdge_s() ?? null;
  }

  playingDate_ms(): number | null {
    return this.current?.playingDate_ms() ?? null;
  }

  spans(): readonly Span[] {
    return this.current?.spans() ?? [];
  }

  private fallBack(opening: Opening, why: string): void {
    this.listener.failed(`whep: ${why}`, false);
    this.close();
    this.current = this.makeSure(this.video, this.listener);
    this.current.preferLow(this.low);
    this.current.open(opening);
  }
}

export const steeringEngine: MakeEngine = (video, listener) =>
  new SteeringEngine(
    video,
    listener,
    (element, hears, giveUp) =>
      new WhepEngine(element, hears, { fetch: (url, init) => fetch(url, init), makeReceiver: () => new PeerReceiver() }, giveUp),
    bestEngine,
  );
