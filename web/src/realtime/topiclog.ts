/**
 * One topic as this client has it: a position and the state that events up to it made.
 *
 * The position moves only by what was applied: an event numbered last+1, or a snapshot. Older numbers are
 * dropped, a hole asks to join again from `last`; while that is under way, events are dropped too, because
 * the answer will bring them in order. A resume that does not start where we stand is not trusted: the topic
 * is asked for whole.
 */

import type { Data, Denied, EventFrame, Joined, StateFrame, TopicRequest } from "./frames";

export type Evolve<S> = (state: S, event: EventFrame) => S;

/** What the client should do after a frame: nothing, tell whoever looks, or join the topic again. */
export type Outcome = "same" | "changed" | "rejoin";

export class TopicLog<S = Data> {
  state: S | null = null;
  denied: string | null = null;
  private epoch: string | null = null;
  private last = 0;
  private joined = false;

  constructor(
    readonly topic: string,
    private readonly evolve: Evolve<S>,
  ) {}

  get seq(): number {
    return this.last;
  }

  /** True once the server has confirmed this topic on the present connection. */
  get isJoined(): boolean {
    return this.joined;
  }

  request(): TopicRequest {
    const { topic, epoch } = this;
    return epoch === null || this.state === null ? { topic } : { topic, epoch, seq: this.last };
  }

  /** The line is gone or the topic was asked for again: hear nothing until it is joined. */
  interrupt(): void {
    this.joined = false;
  }

  receiveJoined(frame: Joined): Outcome {
    this.denied = null;
    if (frame.mode === "state") {
      this.joined = true;
      return "same";
    }
    if (frame.mode === "snapshot") return this.replace(frame);
    if (frame.epoch !== this.epoch || frame.seq !== this.last || this.state === null) return this.forget();
    this.joined = true;
    return "same";
  }

  receiveEvent(frame: EventFrame): Outcome {
    if (!this.joined || this.state === null || frame.seq <= this.last) return "same";
    if (frame.seq > this.last + 1) {
      this.joined = false;
      return "rejoin";
    }
    // The position first: a reducer that fails must not hear the same event for ever.
    this.last = frame.seq;
    this.state = this.evolve(this.state, frame);
    return "changed";
  }

  receiveState(frame: StateFrame): Outcome {
    this.state = frame.data as S;
    return "changed";
  }

  receiveDenied(frame: Denied): Outcome {
    this.joined = false;
    this.denied = frame.code;
    this.state = null;
    this.epoch = null;
    return "changed";
  }

  private replace(frame: Joined): Outcome {
    this.state = (frame.snapshot ?? {}) as S;
    this.epoch = frame.epoch ?? null;
    this.last = frame.seq ?? 0;
    this.joined = true;
    return "changed";
  }

  private forget(): Outcome {
    this.epoch = null;
    this.joined = false;
    return "rejoin";
  }
}
