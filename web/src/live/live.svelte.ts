/**
 * The page's one connection to what is live: topics as reactive state, orders, the line, the clocks.
 *
 * Made once, when it is known who is signed in; pages take it from the context (`useLive`). A topic is joined when
 * first asked for and stays joined for as long as the page lives.
 */

import { getContext, setContext } from "svelte";
import { Client, type Answer, type DoOptions } from "../realtime/client";
import { eventStreamTransport } from "../realtime/eventstream";
import type { Data, EventFrame, Welcome } from "../realtime/frames";
import { Outbox, type Entry } from "../realtime/outbox";
import { ShowClock } from "../realtime/showclock";
import type { TopicLog } from "../realtime/topiclog";
import { TransportChoice } from "../realtime/transportchoice";
import { followWaking } from "../realtime/waking";
import { webSocketTransport } from "../realtime/websocket";
import { reducerFor, type StateOf } from "../state/reducers";
import { LineNotices } from "./line.svelte";
import { whoAmI, type Me } from "./me";
import { Now } from "./now.svelte";

export class LiveTopic<S> {
  state = $state.raw<S | null>(null);
  denied = $state.raw<string | null>(null);

  constructor(private readonly log: TopicLog<S>) {}

  refresh(): void {
    this.state = this.log.state;
    this.denied = this.log.denied;
  }
}

type Hearing = (event: EventFrame) => void;

export class Live {
  readonly line = new LineNotices();
  readonly now: Now;
  pending = $state.raw<Entry[]>([]);

  private readonly clock = new ShowClock();
  private readonly client: Client;
  private readonly topics = new Map<string, LiveTopic<unknown>>();
  private readonly hearings = new Set<Hearing>();

  constructor(readonly me: Me) {
    this.now = new Now(this.clock);
    this.client = new Client(
      new Outbox(localStorage, me.id),
      {
        lineChanged: (state) => this.line.receive(state),
        welcomed: (welcome) => this.welcomed(welcome),
        topicChanged: (topic) => this.topics.get(topic)?.refresh(),
        outboxChanged: () => this.outboxChanged(),
        heard: (event) => this.heard(event),
      },
      {
        choice: new TransportChoice([webSocketTransport("/rt"), eventStreamTransport("/rt/events", "/api/commands", "/api/history")]),
        renew: async () => (await whoAmI()).name !== "signed_out",
      },
    );
    this.outboxChanged();
  }

  start(): () => void {
    this.client.start();
    return followWaking(this.client);
  }

  topic<T extends string>(topic: T): LiveTopic<StateOf<T>> {
    const known = this.topics.get(topic);
    if (known) return known as LiveTopic<StateOf<T>>;
    const live = new LiveTopic<StateOf<T>>(this.client.join(topic, reducerFor(topic)));
    this.topics.set(topic, live as LiveTopic<unknown>);
    return live;
  }

  /** A topic that is of no use any more, or is to be joined afresh when it is asked for again. */
  leave(topic: string): void {
    if (this.topics.delete(topic)) this.client.leave(topic);
  }

  do(topic: string, name: string, data: Data, options?: DoOptions): Promise<Answer> {
    return this.client.do(topic, name, data, options);
  }

  retry(id: string): void {
    void this.client.retry(id);
  }

  discard(id: string): void {
    this.client.discard(id);
  }

  /** Hear events as they happen; returns how to stop. */
  hear(hearing: Hearing): () => void {
    this.hearings.add(hearing);
    return () => this.hearings.delete(hearing);
  }

  /** Hours on the page are the show's: an event's wall time, as the show's clock had it. */
  showTime(at: string): number {
    return this.clock.showAt_ms(Date.parse(at));
  }

  wall_ms(): number {
    return this.clock.wall_ms();
  }

  reopen(): void {
    this.client.reopen();
  }

  private heard(event: EventFrame): void {
    this.clock.receiveEvent(event.at);
    this.hearings.forEach((hear) => hear(event));
  }

  private welcomed(welcome: Welcome): void {
    this.clock.receiveNow(welcome.clock);
    this.now.tick();
  }

  private outboxChanged(): void {
    this.pending = this.client.pending();
  }
}

const key = Symbol("live");

export function provideLive(live: Live): Live {
  return setContext(key, live);
}

export function useLive(): Live {
  return getContext<Live>(key);
}
