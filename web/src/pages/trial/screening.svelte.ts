/**
 * The clip, played by the page's own player. Begun by the person's press, so that sound is allowed.
 *
 * The level is drawn only where the media come through the page's own buffers: a browser that plays by itself would
 * fall silent when its sound is led through here.
 */

import { decibels, silence_db } from "../camera/level";
import type { Engine, MakeEngine } from "../../player/engine";
import type { Screening } from "./findings";

const clip = "/api/trial/clip/index.m3u8";
export const clip_s = 8;
const give_up_ms = 25_000;
const give_up_at_nothing_ms = 10_000;
const look_every_ms = 80;

export class ClipScreening {
  share = $state(0);
  level_db = $state<number | null>(null);
  loudest_db = $state<number | null>(null);
  private engine: Engine | null = null;
  private sound: { context: AudioContext; analyser: AnalyserNode; samples: Float32Array<ArrayBuffer> } | null = null;
  private stop: () => void = () => undefined;

  constructor(private readonly makeEngine: MakeEngine) {}

  async run(video: HTMLVideoElement): Promise<Screening> {
    const seen: Screening = { played_s: 0, started_after_s: null, stalls: 0, blocked: false, nothing: null };
    const began_ms = performance.now();
    this.stop();
    this.engine?.close();
    this.engine = this.makeEngine(video, {
      ready: () => void this.play(video, seen),
      nothingHere: (status) => (seen.nothing = status),
      stalled: () => undefined,
      failed: () => undefined,
    });
    this.hear(video);
    this.engine.open({ url: clip, from_s: 0 });
    const listening = new AbortController();
    const { signal } = listening;
    video.addEventListener("playing", () => (seen.started_after_s ??= (performance.now() - began_ms) / 1000), { signal });
    video.addEventListener("waiting", () => (seen.stalls += seen.started_after_s === null ? 0 : 1), { signal });
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        seen.played_s = video.currentTime;
        this.share = Math.min(1, video.currentTime / clip_s);
        this.measure();
        const passed_ms = performance.now() - began_ms;
        const nothing = seen.started_after_s === null && seen.nothing !== null && passed_ms > give_up_at_nothing_ms;
        if (video.currentTime >= clip_s || video.ended || nothing || passed_ms > give_up_ms) this.stop();
      }, look_every_ms);
      this.stop = () => {
        clearInterval(timer);
        listening.abort();
        resolve();
      };
    });
    return seen;
  }

  /** The rest of the clip may be heard until the person has answered. */
  quiet(): void {
    this.stop();
    this.engine?.close();
    this.level_db = null;
  }

  close(): void {
    this.quiet();
    void this.sound?.context.close();
    this.engine = this.sound = null;
  }

  private async play(video: HTMLVideoElement, seen: Screening): Promise<void> {
    try {
      video.muted = false;
      await video.play();
    } catch {
      seen.blocked = true;
      video.muted = true;
      await video.play().catch(() => undefined);
    }
  }

  private hear(video: HTMLVideoElement): void {
    if (this.sound || this.engine?.name !== "hls.js" || !("AudioContext" in window)) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaElementSource(video).connect(analyser).connect(context.destination);
    void context.resume();
    this.sound = { context, analyser, samples: new Float32Array(2048) };
  }

  private measure(): void {
    if (!this.sound || this.sound.context.state !== "running") return;
    this.sound.analyser.getFloatTimeDomainData(this.sound.samples);
    this.level_db = decibels(this.sound.samples);
    this.loudest_db = Math.max(this.loudest_db ?? silence_db, this.level_db);
  }
}
