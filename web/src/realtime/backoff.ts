/** Full jitter: any wait between the base and a ceiling that doubles, so that a crowd spreads out. */

export interface RetryWindow {
  base_ms: number;
  cap_ms: number;
}

export class Backoff {
  private tries = 0;

  constructor(
    private readonly random: () => number = Math.random,
    private window: RetryWindow = { base_ms: 1000, cap_ms: 30_000 },
  ) {}

  use(window: RetryWindow): void {
    this.window = window;
  }

  reset(): void {
    this.tries = 0;
  }

  next_ms(): number {
    const { base_ms, cap_ms } = this.window;
    const ceiling = Math.min(cap_ms, base_ms * 2 ** (this.tries + 1));
    this.tries += 1;
    return base_ms + this.random() * Math.max(0, ceiling - base_ms);
  }

  /** A moment somewhere inside a window the server gave. */
  within_ms(window_ms: number): number {
    return this.random() * window_ms;
  }
}
