/**
 * Two clocks from one. `wall` corrects the machine's own clock by what the server said at the welcome;
 * `show` is an affine map of wall time (anchor and speed), so that a countdown is right at any speed.
 * A stored snapshot's pair may be old: the map stays true, only the offset must be fresh.
 */

import type { ClockPair } from "./frames";

export class ShowClock {
  private offset_ms = 0;
  private anchor: { wall_ms: number; show_ms: number; speed: number } | null = null;

  constructor(private readonly local: () => number = Date.now) {}

  /** A pair that left the server just now. */
  receiveNow(pair: ClockPair): void {
    this.offset_ms = Date.parse(pair.wall) - this.local();
    this.receiveMap(pair);
  }

  /**
   * Something that happened at a moment of the server's clock has reached us.
   *
   * Every such moment is late by its way here, so the one that makes us latest was late the least.
   */
  receiveEvent(at: string): void {
    const offset_ms = Date.parse(at) - this.local();
    if (offset_ms > this.offset_ms) this.offset_ms = offset_ms;
  }

  /** A pair of any age. */
  receiveMap(pair: ClockPair): void {
    this.anchor = { wall_ms: Date.parse(pair.wall), show_ms: Date.parse(pair.show), speed: pair.speed };
  }

  get known(): boolean {
    return this.anchor !== null;
  }

  get speed(): number {
    return this.anchor?.speed ?? 1;
  }

  wall_ms(): number {
    return this.local() + this.offset_ms;
  }

  show_ms(): number {
    return this.showAt_ms(this.wall_ms());
  }

  /** The show's time at a moment of wall time: displayed hours are always the show's. */
  showAt_ms(wall_ms: number): number {
    if (!this.anchor) return wall_ms;
    return this.anchor.show_ms + (wall_ms - this.anchor.wall_ms) * this.anchor.speed;
  }
}
