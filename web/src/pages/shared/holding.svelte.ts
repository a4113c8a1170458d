/**
 * A link as a page holds it: looked up, entered with its code, and asked again for as long as the page is open.
 *
 * Every half minute, when the page is looked at again, when something is due to open, and whenever the picture is
 * refused. So whoever is watching hears soon that a link was closed, and why nothing plays any more. A server that
 * cannot be reached closes nothing: what plays goes on playing.
 */

import { enter, look, nextOpening_ms, whyOver, type Entered, type Found, type SharedLink } from "./sharedlink";

const every_ms = 30_000;
const spread_ms = 1_500;
const doubt_ms = 5_000;
const try_again_ms = 3_000;

export interface Over {
  link: SharedLink;
  why: "ended" | "closed";
}

export class Holding {
  found = $state.raw<Found | null>(null);
  /** What was open on this page and is no more. */
  over = $state.raw<Over | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;
  private asked_ms = -Infinity;
  private told_ms = 0;
  private stopped = false;

  constructor(
    private readonly token: string,
    private readonly passes: Storage,
  ) {}

  /** Asks, and goes on asking; returns how to stop. */
  start(): () => void {
    const seen = (): void => {
      if (document.visibilityState === "visible") void this.ask();
    };
    document.addEventListener("visibilitychange", seen);
    void this.ask();
    return () => {
      this.stopped = true;
      document.removeEventListener("visibilitychange", seen);
      if (this.timer !== null) clearTimeout(this.timer);
    };
  }

  async enter(code: string): Promise<Entered> {
    const entered = await enter(this.token, code);
    if (entered.name === "opened" || entered.name === "gone") this.take(entered);
    return entered;
  }

  /** The picture was refused; it may be that the link is over. */
  doubt(): void {
    if (performance.now() - this.asked_ms >= doubt_ms) void this.ask();
    else this.later(doubt_ms);
  }

  async ask(): Promise<void> {
    if (this.stopped || this.over !== null) return;
    this.asked_ms = performance.now();
    this.take(await look(this.token, this.passes.getItem(this.key)));
  }

  private get key(): string {
    return `topmoede.pass.${this.token}`;
  }

  private take(found: Found): void {
    if (this.stopped) return;
    const before = this.found?.name === "opened" ? this.found.link : null;
    if (found.name === "unreachable" && this.found !== null && this.found.name !== "unreachable") return this.later(try_again_ms);
    if (found.name === "opened") {
      this.passes.setItem(this.key, found.link.pass);
      this.told_ms = performance.now();
    }
    if (found.name === "gone" && before !== null) this.over = { link: before, why: whyOver(before, performance.now() - this.told_ms) };
    this.found = found;
    if (found.name !== "gone") this.later(this.patience_ms(found));
  }

  private patience_ms(found: Found): number {
    if (found.name === "unreachable") return try_again_ms;
    const opening_ms = found.name === "opened" ? nextOpening_ms(found.link) : null;
    return Math.min(every_ms, opening_ms ?? Infinity) + Math.random() * spread_ms;
  }

  private later(ms: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), ms);
  }
}
