/**
 * The one player of the page: one element, which is never replaced; what it shows, and how it stands.
 *
 * `following` is what the person wants: the live edge. It ends when they pause, seek back or open a recording, and
 * while it holds the player comes back to live by itself after a stall, a sleep or a hidden tab. Changing channel
 * opens another address on the same element, so that the one gesture that allowed sound goes on counting.
 *
 * A recording that several people watch together is `inStep`: others steer it, until the person takes it in hand.
 */

import { Captions } from "./captions.svelte";
import type { Engine, EngineListener, MakeEngine, Span } from "./engine";
import type { KeyAct } from "./keys";
import { Meters } from "./meters";
import { keepNativeTexts } from "./nativetexts";
import { type Quality, rememberedQuality, rememberQuality, soundOf } from "./quality";
import { playAllowed, rememberedSound, rememberedVolume, rememberSound, rememberVolume } from "./sound";
import { type Place, Step } from "./step";

export interface Programme {
  url: string;
  live: boolean;
}

/** How fast a recording may be played; what is live has its own pace. */
export const speeds = [0.75, 1, 1.25, 1.5, 2] as const;

const behind_worth_saying_s = 8;
/** hls.js runs faster to catch up from at most some nine seconds; from farther away it would stay there for good. */
const behind_too_far_s = 12;
/** A line that cannot keep up is not thrown from one wait into the next. */
const jump_again_after_ms = 30_000;
const step_every_ms = 50;

export class Player implements EngineListener {
  readonly meters = new Meters();

  programme = $state.raw<Programme | null>(null);
  paused = $state(true);
  muted = $state(true);
  volume = $state(1);
  /** The browser wants a tap before it plays at all. */
  needsTap = $state(false);
  waiting = $state(true);
  /** The address has nothing to show: 0 no answer, else the HTTP status. Null: it has. */
  absent = $state<number | null>(null);
  following = $state(true);
  /** A recording that others steer. */
  inStep = $state(false);
  behind_s = $state<number | null>(null);
  position_s = $state(0);
  duration_s = $state<number | null>(null);
  ended = $state(false);
  /** Of recordings; the element is told when one is opened. */
  speed = $state(1);
  quality = $state<Quality>(rememberedQuality());
  renditions = $state(1);
  /** The engine that shows the picture now; one that falls back becomes another. */
  via = $state("none");

  private video: HTMLVideoElement | null = null;
  private engine: Engine | null = null;
  private begun = false;
  private starting = false;
  private step: Step | null = null;
  private leftStep: (() => void) | null = null;
  private wished_ms: number | null = null;
  private mayJumpAt_ms = 0;

  constructor(
    private readonly makeEngine: MakeEngine,
    private readonly wall_ms: () => number,
    readonly captions: Captions = new Captions(),
  ) {}

  get engineName(): string {
    return this.engine?.name ?? "none";
  }

  /** The person wants no picture, and there is an address without one. */
  get isSoundOnly(): boolean {
    return this.quality === "sound" && this.isLive;
  }

  get isLive(): boolean {
    return this.programme?.live ?? true;
  }

  get isAtLive(): boolean {
    return this.isLive && !this.paused && (this.behind_s ?? 0) < behind_worth_saying_s;
  }

  /** Called once with the page's element; returns how to let go of it. */
  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    video.muted = !rememberedSound();
    video.volume = rememberedVolume();
    this.engine = this.makeEngine(video, this);
    const stop = new AbortController();
    const { signal } = stop;
    for (const name of ["play", "pause", "volumechange", "durationchange", "timeupdate"]) {
      video.addEventListener(name, () => this.read(), { signal });
    }
    video.addEventListener("playing", () => this.playing(), { signal });
    video.addEventListener("waiting", () => this.wait(), { signal });
    video.addEventListener("ended", () => (this.ended = true), { signal });
    document.addEventListener("visibilitychange", () => this.lookedAt(), { signal });
    const leaveTexts = keepNativeTexts(video, () => (this.captions.wanted ? this.captions.language : null));
    const clock = setInterval(() => this.tick(), 500);
    const steps = setInterval(() => this.keepUp(), step_every_ms);
    this.read();
    // A recording whose element went away goes on where it was.
    if (this.programme) this.load(this.programme, this.programme.live ? null : this.position_s);
    return () => {
      stop.abort();
      leaveTexts();
      clearInterval(clock);
      clearInterval(steps);
      this.engine?.close();
    };
  }

  /** Shows an address, a recording from a place in it. The same one again changes nothing. */
  show(programme: Programme, from_s = 0): void {
    if (programme.url === this.programme?.url) return;
    this.programme = programme;
    this.load(programme, programme.live ? null : from_s);
  }

  /**
   * Others say where the recording is and whether it goes on, until the person takes it in hand.
   *
   * @param where asked many times a second.
   * @param left called once when the person paused, played or sought by themselves.
   */
  keepStep(where: () => Place, left: () => void): void {
    const { video } = this;
    if (!video) return;
    this.step = new Step(video, where, () => this.startOnce());
    this.leftStep = left;
    this.inStep = true;
  }

  /** From now on the recording is the person's own. */
  leaveStep(): void {
    this.step?.end();
    this.step = this.leftStep = null;
    this.inStep = false;
    this.pace();
  }

  toggle(): void {
    if (!this.needsTap) this.takeInHand();
    if (this.video?.paused) this.play();
    else this.pause();
  }

  play(): void {
    if (this.following) this.goLive();
    void this.start();
  }

  pause(): void {
    this.takeInHand();
    this.following = false;
    this.video?.pause();
  }

  goLive(): void {
    this.following = this.isLive;
    const edge_s = this.engine?.liveEdge_s() ?? null;
    if (this.video && edge_s !== null && Math.abs(edge_s - this.video.currentTime) > 1) this.video.currentTime = edge_s;
    void this.start();
  }

  seek(position_s: number): void {
    if (!this.video) return;
    this.takeInHand();
    this.following = false;
    this.video.currentTime = Math.max(0, position_s);
    this.ended = false;
  }

  /** Begin the next recording at the picture of a wall time, as soon as it is known where that is. */
  wish(at_ms: number): void {
    this.wished_ms = at_ms;
  }

  turnSound(on: boolean): void {
    if (!this.video) return;
    this.video.muted = !on;
    if (on && this.video.volume === 0) this.video.volume = 1;
    rememberSound(on);
    if (on && (!this.step || this.needsTap)) void this.start();
  }

  setVolume(volume: number): void {
    if (!this.video) return;
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.turnSound(this.video.volume > 0);
    if (this.video.volume > 0) rememberVolume(this.video.volume);
  }

  playAt(speed: number): void {
    this.speed = speed;
    this.pace();
  }

  /** Takes effect at once and is remembered; what plays is opened anew only to gain or lose its picture. */
  choose(quality: Quality): void {
    const hadPicture = !this.isSoundOnly;
    this.quality = quality;
    rememberQuality(quality);
    this.engine?.preferLow(quality === "low");
    if (this.programme && hadPicture === this.isSoundOnly) this.load(this.programme, null);
  }

  act(key: KeyAct): void {
    switch (key.act) {
      case "play":
        return this.toggle();
      case "sound":
        return this.turnSound(this.muted);
      case "captions":
        return this.captions.toggle();
      case "live":
        return this.goLive();
      case "seek":
        return this.seek(this.position_s + key.by_s);
      case "volume":
        return this.setVolume(this.volume + key.by);
      case "speed":
        if (!this.isLive && !this.inStep) this.playAt(speeds[speeds.findIndex((each) => each === this.speed) + key.by] ?? this.speed);
        return;
      case "fullscreen":
        return;
    }
  }

  ready(): void {
    if (this.absent !== null) this.captions.look();
    this.absent = null;
    this.renditions = this.engine?.renditions ?? 1;
    if (this.step) this.keepUp();
    else void this.start();
  }

  nothingHere(status: number): void {
    this.absent = status;
    this.waiting = true;
  }

  stalled(what: string): void {
    this.meters.stall(what);
  }

  failed(what: string, fatal: boolean): void {
    this.meters.error(what, fatal);
  }

  playingDate_ms(): number | null {
    return this.engine?.playingDate_ms() ?? null;
  }

  /** What the recording is made of: `positionAt` tells where in it a moment of the day lies. */
  spans(): readonly Span[] {
    return this.isLive ? [] : (this.engine?.spans() ?? []);
  }

  frames(): { total: number; dropped: number } {
    const quality = this.video?.getVideoPlaybackQuality?.();
    return { total: quality?.totalVideoFrames ?? 0, dropped: quality?.droppedVideoFrames ?? 0 };
  }

  private load(programme: Programme, from_s: number | null): void {
    if (!this.engine) return;
    this.following = programme.live;
    this.begun = false;
    this.ended = false;
    this.waiting = true;
    this.absent = null;
    this.behind_s = null;
    this.duration_s = null;
    this.meters.opened += 1;
    const url = this.isSoundOnly ? soundOf(programme.url) : programme.url;
    this.meters.note(`open ${url}`, false);
    this.engine.preferLow(this.quality === "low");
    this.engine.open({ url, from_s });
    this.pace();
  }

  /** An element that is given something new forgets its pace, but not its usual one. */
  private pace(): void {
    if (this.video && !this.step) this.video.playbackRate = this.video.defaultPlaybackRate = this.isLive ? 1 : this.speed;
  }

  private async start(): Promise<void> {
    if (!this.video) return;
    this.needsTap = !(await playAllowed(this.video));
  }

  /** A step may ask for it again before the browser has answered. */
  private startOnce(): void {
    if (this.starting || this.needsTap) return;
    this.starting = true;
    void this.start().finally(() => (this.starting = false));
  }

  private keepUp(): void {
    const within_ms = this.step?.tick() ?? null;
    if (within_ms !== null && within_ms < step_every_ms) setTimeout(() => this.step?.tick(), within_ms);
  }

  private takeInHand(): void {
    const left = this.leftStep;
    this.leaveStep();
    left?.();
  }

  private playing(): void {
    this.begun = true;
    this.waiting = false;
    this.ended = false;
    this.needsTap = false;
  }

  private wait(): void {
    this.waiting = true;
    if (this.begun && this.video && !this.video.seeking) {
      this.meters.waits += 1;
      this.meters.note("waiting", false);
    }
  }

  private read(): void {
    if (!this.video) return;
    const { paused, muted, volume, currentTime, duration } = this.video;
    Object.assign(this, { paused, muted, volume, position_s: currentTime });
    this.duration_s = Number.isFinite(duration) && duration > 0 ? duration : null;
  }

  private tick(): void {
    this.via = this.engineName;
    const playing_ms = this.playingDate_ms();
    this.captions.show(playing_ms, this.video?.currentTime ?? 0);
    if (this.wished_ms !== null && playing_ms !== null && this.video && !this.isLive && !this.step) {
      this.seek(this.video.currentTime + (this.wished_ms - playing_ms) / 1000);
      this.wished_ms = null;
    }
    if (!this.isLive || !this.begun) return;
    this.behind_s = playing_ms === null ? this.edgeDistance_s() : Math.max(0, (this.wall_ms() - playing_ms) / 1000);
    const far = this.behind_s !== null && this.behind_s > behind_too_far_s;
    if (!this.following || !far || this.waiting || performance.now() < this.mayJumpAt_ms) return;
    this.mayJumpAt_ms = performance.now() + jump_again_after_ms;
    this.goLive();
  }

  private edgeDistance_s(): number | null {
    const edge_s = this.engine?.liveEdge_s() ?? null;
    return edge_s === null || !this.video ? null : Math.max(0, edge_s - this.video.currentTime);
  }

  /** Safari pauses a muted picture that nobody looks at. */
  private lookedAt(): void {
    if (document.visibilityState === "visible" && this.following && this.video?.paused) this.goLive();
  }
}
