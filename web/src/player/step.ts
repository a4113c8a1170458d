/**
 * Keeping step: a recording that plays at the same second as other people's.
 *
 * While it runs, a small distance is walked off by playing a little faster or slower than life, which nobody hears; a
 * large one is jumped. A jump costs time too, so it aims as far ahead as the last one took, and stands there until the
 * others have come; the next one waits until it is known where this one led. Whoever has to load for a while is behind
 * afterwards, and jumps.
 *
 * While it stands, everybody sees the same picture: the one at the place itself.
 */

/** Where everybody is. */
export interface Place {
  position_s: number;
  runs: boolean;
  /** Until it runs by itself; 0 where that is not known. */
  wait_ms: number;
}

/** Of a video element, what is needed here. */
export type Stepping = Pick<HTMLVideoElement, "currentTime" | "playbackRate" | "paused" | "seeking" | "ended" | "readyState" | "duration" | "pause">;

const jump_over_s = 1;
const begin_over_s = 0.06;
const stop_under_s = 0.02;
const most = 0.03;
const still_s = 0.03;
const settle_ms = 2_000;
const most_ahead_s = 3;
const has_metadata = 1;
const has_future_data = 3;

export class Step {
  private walking = false;
  private jumped_ms = -Infinity;
  private landing = false;
  private landed = false;
  private cost_s = 0.1;

  constructor(
    private readonly video: Stepping,
    private readonly where: () => Place,
    /** Begins to play, as the browser and the person allow. */
    private readonly play: () => void,
    private readonly now_ms: () => number = () => performance.now(),
  ) {}

  /**
   * Does what is to be done now; to be called many times a second.
   *
   * Returns: in how many milliseconds it must be called at the latest, where that is known.
   */
  tick(): number | null {
    const { video } = this;
    if (video.readyState < has_metadata || video.seeking) return null;
    const place = this.where();
    if (place.runs) return this.run(place.position_s);
    this.stand(place.position_s);
    return place.wait_ms || null;
  }

  /** Plays on by itself from here. */
  end(): void {
    this.video.playbackRate = 1;
  }

  private stand(position_s: number): void {
    const { video } = this;
    if (!video.paused) video.pause();
    this.landing = false;
    this.walk(1);
    const at_s = Math.min(position_s, video.duration);
    if (Math.abs(video.currentTime - at_s) > still_s) video.currentTime = at_s;
  }

  private run(position_s: number): number | null {
    const { video } = this;
    const left_s = video.duration - position_s;
    if (left_s <= 0) return null;
    // Playing on at the end means the beginning to a browser.
    if (video.ended) {
      if (left_s > jump_over_s) this.jump(position_s);
      return null;
    }
    if (video.readyState < has_future_data) {
      if (video.paused && !this.landing) this.play();
      return null;
    }
    const behind_s = position_s - video.currentTime;
    if (this.landing && this.waitsAhead(-behind_s)) return -behind_s * 1000;
    if (video.paused) this.play();
    this.keepTo(position_s, behind_s);
    return null;
  }

  /** After a jump: where it took less than was thought, the others are yet to come. */
  private waitsAhead(ahead_s: number): boolean {
    const { video } = this;
    if (!this.landed) this.cost_s = Math.min(most_ahead_s, (this.now_ms() - this.jumped_ms) / 1000);
    this.landed = true;
    this.landing = ahead_s > stop_under_s && ahead_s < most_ahead_s + jump_over_s;
    if (this.landing && !video.paused) video.pause();
    return this.landing;
  }

  private keepTo(position_s: number, behind_s: number): void {
    if (Math.abs(behind_s) > jump_over_s) return this.jump(position_s);
    this.walking = Math.abs(behind_s) > (this.walking ? stop_under_s : begin_over_s);
    this.walk(this.walking ? 1 + Math.max(-most, Math.min(most, behind_s / 2)) : 1);
  }

  private walk(rate: number): void {
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  private jump(position_s: number): void {
    if (this.now_ms() - this.jumped_ms < settle_ms) return;
    this.jumped_ms = this.now_ms();
    this.landing = true;
    this.landed = false;
    this.walk(1);
    this.video.currentTime = Math.min(position_s + this.cost_s, this.video.duration);
  }
}
