/**
 * What is said on the line: topics joined with their positions, orders sent until they are answered.
 *
 * `done` and the event it speaks of come in either order. So that a message is never seen twice or, for a moment,
 * not at all, an accepted order counts as on its way until the topic has reached the number it was given; and an
 * event whose cause is an order of ours is an answer too: it is not sent again, and where the line ends before its
 * `done` has come, whoever waits for the answer is told that it was accepted.
 */

import type { Data, Done, EventFrame, Refused, ServerFrame, Welcome } from "./frames";
import { ulid } from "./ids";
import { Line, type LineOptions, type LineState } from "./line";
import type { Entry, Outbox } from "./outbox";
import { TopicLog, type Evolve, type Outcome } from "./topiclog";

export interface Accepted {
  ok: true;
  seq: number | null;
  held: boolean;
}

export interface Declined {
  ok: false;
  code: string;
  refused: Refused;
}

export type Answer = Accepted | Declined;

export interface ClientListener {
  lineChanged(state: LineState): void;
  welcomed(welcome: Welcome): void;
  topicChanged(topic: string): void;
  outboxChanged(): void;
  /** Every applied event, for those who care about what happened rather than how things stand. */
  heard?(event: EventFrame): void;
}

export interface DoOptions {
  /** How long an order may wait for the line before it is worth nothing; left out: for ever, across reloads. */
  patience_ms?: number;
}

const join_again_ms = 1_000;

type History = Extract<ServerFrame, { op: "history" }>;

export class Client {
  private readonly topics = new Map<string, TopicLog<unknown>>();
  private readonly answers = new Map<string, (answer: Answer) => void>();
  private readonly histories = new Map<string, (page: History | null) => void>();
  private readonly settling = new Map<string, { entry: Entry; seq: number }>();
  /** Orders whose event has come and whose `done` has not, with the number where it is theirs. */
  private readonly seen = new Map<string, number | null>();
  private readonly line: Line;
  /** The hello of this connection has been said: topics asked for from now on are joined one by one. */
  private greeted = false;
  /** Counts the connections. */
  private round = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly listener: ClientListener,
    options: LineOptions,
  ) {
    this.line = new Line(
      { ready: () => this.greet(), received: (frame) => this.receive(frame), lineChanged: (s) => this.lineChanged(s) },
      options,
    );
    setInterval(() => this.giveUp(), 1_000);
  }

  start(): void {
    this.line.start();
  }

  wake(): void {
    this.line.wake();
  }

  rest(): void {
    this.line.rest();
  }

  reopen(): void {
    this.line.reopen();
  }

  join<S>(topic: string, evolve: Evolve<S>): TopicLog<S> {
    const known = this.topics.get(topic);
    if (known) return known as TopicLog<S>;
    const log = new TopicLog<S>(topic, evolve);
    this.topics.set(topic, log as TopicLog<unknown>);
    if (this.greeted) this.line.send({ op: "join", topic });
    return log;
  }

  leave(topic: string): void {
    if (this.topics.delete(topic) && this.greeted) this.line.send({ op: "leave", topic });
  }

  do(topic: string, name: string, data: Data, options: DoOptions = {}): Promise<Answer> {
    const entry: Entry = {
      id: ulid(),
      topic,
      name,
      data,
      made_ms: Date.now(),
      patience_ms: options.patience_ms ?? null,
      refused: null,
    };
    this.outbox.add(entry);
    return this.dispatch(entry);
  }

  retry(id: string): Promise<Answer> | null {
    const entry = this.outbox.retry(id);
    return entry && this.dispatch(entry);
  }

  discard(id: string): void {
    this.outbox.drop(id);
    this.listener.outboxChanged();
  }

  /** Orders under way or refused, oldest first, with those accepted whose effect has not been seen yet. */
  pending(): Entry[] {
    const settling = [...this.settling.values()].map(({ entry }) => entry);
    return [...this.outbox.list(), ...settling].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  history(topic: string, before: number, limit: number): Promise<History | null> {
    const id = ulid();
    return new Promise((resolve) => {
      this.histories.set(id, resolve);
      this.line.send({ op: "history", id, topic, before, limit });
    });
  }

  private get isOpen(): boolean {
    return this.line.state.name === "open";
  }

  private dispatch(entry: Entry): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.answers.set(entry.id, resolve));
    if (this.isOpen) this.say(entry);
    this.listener.outboxChanged();
    return answer;
  }

  private say({ id, topic, name, data }: Entry): void {
    this.line.send({ op: "do", id, topic, name, data });
  }

  private greet(): void {
    this.greeted = true;
    this.round += 1;
    this.line.send({ op: "hello", v: 1, topics: [...this.topics.values()].map((log) => log.request()) });
  }

  private lineChanged(state: LineState): void {
    if (state.name !== "open") {
      this.greeted = false;
      for (const log of this.topics.values()) log.interrupt();
      for (const resolve of this.histories.values()) resolve(null);
      this.histories.clear();
      for (const [id, seq] of this.seen) this.answer(id, { ok: true, seq, held: false });
    }
    this.listener.lineChanged(state);
  }

  private receive(frame: ServerFrame): void {
    switch (frame.op) {
      case "welcome":
        return this.welcomed(frame);
      case "joined":
        return this.settle(frame.topic, this.topics.get(frame.topic)?.receiveJoined(frame));
      case "event":
        return this.event(frame);
      case "state":
        return this.settle(frame.topic, this.topics.get(frame.topic)?.receiveState(frame));
      case "denied":
        return this.settle(frame.topic, this.topics.get(frame.topic)?.receiveDenied(frame));
      case "done":
        return this.done(frame);
      case "refused":
        return this.refused(frame);
      case "history":
        this.histories.get(frame.id)?.(frame);
        this.histories.delete(frame.id);
    }
  }

  private welcomed(welcome: Welcome): void {
    this.listener.welcomed(welcome);
    for (const entry of this.outbox.waiting()) this.say(entry);
  }

  private event(frame: EventFrame): void {
    const outcome = this.topics.get(frame.topic)?.receiveEvent(frame);
    if (outcome === "changed") {
      if (frame.cause) this.recognise(frame.cause, frame);
      this.listener.heard?.(frame);
    }
    this.settle(frame.topic, outcome);
  }

  private recognise(cause: string, { topic, seq }: EventFrame): void {
    const entry = this.outbox.drop(cause);
    if (!entry) return;
    if (this.answers.has(cause)) this.seen.set(cause, entry.topic === topic ? seq : null);
    this.listener.outboxChanged();
  }

  private settle(topic: string, outcome: Outcome | undefined): void {
    const log = this.topics.get(topic);
    if (!log || outcome === undefined || outcome === "same") return;
    if (outcome === "rejoin") return this.line.send({ op: "join", ...log.request() });
    this.listener.topicChanged(topic);
    for (const [id, { entry, seq }] of this.settling) {
      if (entry.topic === topic && log.seq >= seq) this.settling.delete(id);
    }
    this.listener.outboxChanged();
  }

  private done(frame: Done): void {
    const entry = this.outbox.receiveDone(frame.id);
    const log = entry && this.topics.get(entry.topic);
    if (entry && log?.isJoined && frame.seq !== undefined && log.seq < frame.seq) {
      this.settling.set(entry.id, { entry, seq: frame.seq });
    }
    this.answer(frame.id, { ok: true, seq: frame.seq ?? null, held: frame.held ?? false });
  }

  private refused(frame: Refused): void {
    if (frame.id === null) return this.joinLater(frame);
    this.histories.get(frame.id)?.(null);
    this.histories.delete(frame.id);
    this.outbox.receiveRefused(frame.id, frame);
    this.answer(frame.id, { ok: false, code: frame.code, refused: frame });
  }

  /** A join that came too fast: asked again on this line, unless the topic was left or has come meanwhile. */
  private joinLater({ topic, retry_ms }: Refused): void {
    const log = typeof topic === "string" ? this.topics.get(topic) : undefined;
    if (!log) return;
    const round = this.round;
    setTimeout(() => {
      const wanted = this.topics.get(log.topic) === log && !log.isJoined;
      if (wanted && this.greeted && this.round === round) this.line.send({ op: "join", ...log.request() });
    }, retry_ms ?? join_again_ms);
  }

  private answer(id: string, answer: Answer): void {
    this.answers.get(id)?.(answer);
    this.answers.delete(id);
    this.seen.delete(id);
    this.listener.outboxChanged();
  }

  private giveUp(): void {
    for (const { id } of this.outbox.giveUp(Date.now())) {
      this.answer(id, { ok: false, code: "no_line", refused: { op: "refused", id, code: "no_line" } });
    }
  }
}
