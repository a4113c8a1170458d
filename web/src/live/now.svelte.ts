/** The two clocks as the page shows them: whole seconds, so that nothing is drawn more often than it changes. */

import type { ShowClock } from "../realtime/showclock";

export class Now {
  show_ms = $state(0);
  wall_ms = $state(0);

  constructor(private readonly clock: ShowClock) {
    this.tick();
    setInterval(() => this.tick(), 200);
  }

  tick(): void {
    this.show_ms = Math.floor(this.clock.show_ms() / 1000) * 1000;
    this.wall_ms = Math.floor(this.clock.wall_ms() / 1000) * 1000;
  }

  /** Wall milliseconds until a moment of show time. */
  untilShow_ms(moment: string): number {
    return Date.parse(moment) - this.show_ms;
  }
}
