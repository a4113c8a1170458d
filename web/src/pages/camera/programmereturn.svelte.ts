/**
 * The programme return: what goes out now, shown to who sends. A picture by WHEP, let in by the camera's own key.
 *
 * It never has sound, neither in the offer nor in the element, so a hall cannot hear itself. Sending comes first: when
 * the picture is refused or stops coming it falls away by itself, says so, and waits until it is asked for again.
 */

import type { Engine, EngineListener } from "../../player/engine";

export type Standing = "off" | "coming" | "playing" | "nothing" | "refused";

export interface ReturnEdge {
  makeEngine: (video: HTMLVideoElement, listener: EngineListener, giveUp: (why: string) => void) => Engine;
  /** How far this machine's clock is ahead of the server's; null where that is not known. */
  ahead_ms: () => Promise<number | null>;
  now_ms?: () => number;
}

const url = "/hls/main/index.m3u8";
const look_every_ms = 500;

export class ProgrammeReturn implements EngineListener {
  standing = $state<Standing>("off");
  /** How old the picture is; null until that is known. */
  behind_s = $state<number | null>(null);
  private engine: Engine | null = null;
  private ahead_ms: number | null = null;

  constructor(private readonly edge: ReturnEdge) {}

  get isOn(): boolean {
    return this.standing !== "off" && this.standing !== "refused";
  }

  turn(): void {
    this.standing = this.isOn ? "off" : "coming";
  }

  /** Called with the element that has come because the picture is wanted; returns how to let go of both. */
  attach(video: HTMLVideoElement): () => void {
    video.muted = true;
    const engine = (this.engine = this.edge.makeEngine(video, this, () => (this.standing = "refused")));
    const playing = (): void => void (this.standing = "playing");
    video.addEventListener("playing", playing);
    const clock = setInterval(() => this.look(engine), look_every_ms);
    void this.edge.ahead_ms().then((ahead_ms) => (this.ahead_ms = ahead_ms));
    engine.open({ url, from_s: null });
    return () => {
      video.removeEventListener("playing", playing);
      clearInterval(clock);
      engine.close();
      this.engine = this.behind_s = null;
    };
  }

  ready(): void {
    if (this.standing === "nothing") this.standing = "coming";
  }

  nothingHere(): void {
    this.standing = "nothing";
  }

  stalled(): void {
    return;
  }

  failed(): void {
    return;
  }

  private look(engine: Engine): void {
    const playing_ms = this.engine === engine ? engine.playingDate_ms() : null;
    if (playing_ms === null || this.ahead_ms === null) return;
    const wall_ms = (this.edge.now_ms ?? Date.now)() - this.ahead_ms;
    this.behind_s = Math.max(0, (wall_ms - playing_ms) / 1000);
  }
}
