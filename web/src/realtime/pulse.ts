/**
 * Is anybody there? Nothing heard for 35 s, or a wake from sleep: ping, and 3 s to answer with anything at all.
 * The clock of a sleeping page stands still, so waking is told from outside.
 */

export class Pulse {
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly ping: () => void,
    private readonly lost: () => void,
    private readonly quiet_ms = 35_000,
    private readonly answer_ms = 3_000,
  ) {}

  heard(): void {
    this.wait(() => this.probe(), this.quiet_ms);
  }

  probe(): void {
    this.ping();
    this.wait(this.lost, this.answer_ms);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private wait(then: () => void, ms: number): void {
    this.stop();
    this.timer = setTimeout(then, ms);
  }
}
