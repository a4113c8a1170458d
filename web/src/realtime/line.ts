/**
 * One line to the server, kept for as long as the page lives.
 *
 *     connecting --welcome--> open --close--> waiting --delay--> connecting
 *          \_____________close, or no welcome in time___/            any --final code--> final
 *
 * Correctness never rests on the close code: a code only sets the delay, or ends it for good. A person who wakes
 * the page ends a wait at once; an open line is then asked whether it still lives.
 */

import { Backoff } from "./backoff";
import { afterClose, finalReason, type FinalReason } from "./closecodes";
import type { ClientFrame, ServerFrame, Welcome } from "./frames";
import { Pulse } from "./pulse";
import type { Transport } from "./transport";
import type { TransportChoice } from "./transportchoice";

export type LineState = { name: "connecting" | "open" | "waiting" } | { name: "final"; reason: FinalReason };

export interface LineListener {
  /** A transport is open and silent: the first word is ours. */
  ready(): void;
  received(frame: ServerFrame): void;
  lineChanged(state: LineState): void;
}

export interface LineOptions {
  choice: TransportChoice;
  random?: () => number;
  /** Renews an expired sign-in; false means that the person must sign in. */
  renew?: () => Promise<boolean>;
}

const welcome_within_ms = 4_000;
/** While another way is left to try, so that who cannot have a socket is in within five seconds. */
const untried_within_ms = 3_000;
const drain_default_ms = 10_000;

export class Line {
  state: LineState = { name: "waiting" };
  private transport: Transport | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private drain_ms: number | null = null;
  private welcomedNow = false;
  private readonly backoff: Backoff;
  private readonly pulse: Pulse;

  constructor(
    private readonly listener: LineListener,
    private readonly options: LineOptions,
  ) {
    this.backoff = new Backoff(options.random);
    this.pulse = new Pulse(
      () => this.send({ op: "ping" }),
      () => this.abandon(),
    );
  }

  start(): void {
    if (this.state.name === "waiting") this.connect();
  }

  send(frame: ClientFrame): void {
    this.transport?.send(frame);
  }

  /** The page is looked at again, or the network came back. */
  wake(): void {
    if (this.state.name === "open") this.pulse.probe();
    else if (this.state.name === "waiting") this.connect();
    else if (this.state.name === "final" && this.state.reason === "stopped") this.connect();
  }

  /** The person asks to go on here after a final word such as "elsewhere". */
  reopen(): void {
    this.shut();
    this.connect();
  }

  /** The page goes to sleep or is left. */
  rest(): void {
    this.shut();
    if (this.state.name !== "final") this.become({ name: "waiting" });
  }

  private connect(): void {
    this.clear();
    this.welcomedNow = false;
    this.drain_ms = null;
    this.become({ name: "connecting" });
    const within_ms = this.options.choice.hasUntried ? untried_within_ms : welcome_within_ms;
    this.timer = setTimeout(() => this.abandon(), within_ms);
    this.transport = this.options.choice.open({
      opened: () => this.listener.ready(),
      received: (frames) => this.receive(frames),
      closed: (code) => this.closed(code),
    });
  }

  private receive(frames: ServerFrame[]): void {
    this.pulse.heard();
    for (const frame of frames) {
      if (frame.op === "welcome") this.welcomed(frame);
      if (frame.op === "drain") this.planDrain(frame.within_ms);
      this.listener.received(frame);
    }
  }

  private welcomed(welcome: Welcome): void {
    this.clear();
    this.welcomedNow = true;
    if (welcome.retry) this.backoff.use(welcome.retry);
    this.backoff.reset();
    this.options.choice.welcomed();
    this.become({ name: "open" });
  }

  private planDrain(within_ms: number): void {
    this.drain_ms = within_ms;
    this.clear();
    this.timer = setTimeout(() => {
      this.shut();
      this.connect();
    }, this.backoff.within_ms(within_ms));
  }

  private abandon(): void {
    this.transport?.close();
    this.closed(1006);
  }

  private closed(code: number): void {
    this.shut();
    const next = afterClose(code);
    // A way that brings the word that the server is full or leaves is not the one that is broken.
    const works = next === "full" || next === "window";
    const untried = !this.welcomedNow && !works && this.options.choice.failed();
    if (next === "final" || next === "stop") return this.become({ name: "final", reason: finalReason(code) });
    this.become({ name: "waiting" });
    if (next === "renew") return void this.renew();
    this.timer = setTimeout(() => this.connect(), untried ? 0 : this.delay_ms(next));
  }

  private delay_ms(next: "window" | "full" | "backoff"): number {
    if (next === "window") return this.backoff.within_ms(this.drain_ms ?? drain_default_ms);
    if (next === "full") return 5_000 + this.backoff.within_ms(5_000);
    return this.backoff.next_ms();
  }

  private async renew(): Promise<void> {
    const renewed = (await this.options.renew?.()) ?? true;
    if (this.state.name !== "waiting") return;
    if (renewed) this.timer = setTimeout(() => this.connect(), this.backoff.next_ms());
    else this.become({ name: "final", reason: "signed_out" });
  }

  private shut(): void {
    this.clear();
    this.pulse.stop();
    this.transport?.close();
    this.transport = null;
  }

  private clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private become(state: LineState): void {
    this.state = state;
    this.listener.lineChanged(state);
  }
}
