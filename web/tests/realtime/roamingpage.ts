/**
 * The page's own client with nothing around it, for a harness that breaks everything under it.
 *
 * It reads, writes, leaves topics inside its handlers and comes back to them, and now and then believes in an epoch
 * that is not the server's. What it keeps is what it was given to apply: a *life* of a topic is everything between
 * the snapshot that it began with and the moment it was left. A second snapshot inside a life is a reload.
 */

import { Client } from "../../src/realtime/client";
import { eventStreamTransport } from "../../src/realtime/eventstream";
import type { Data, EventFrame } from "../../src/realtime/frames";
import { Outbox } from "../../src/realtime/outbox";
import type { TopicLog } from "../../src/realtime/topiclog";
import type { OpenTransport } from "../../src/realtime/transport";
import { TransportChoice } from "../../src/realtime/transportchoice";
import { webSocketTransport } from "../../src/realtime/websocket";
import { reducerFor } from "../../src/state/reducers";

interface Life {
  base: number;
  events: EventFrame[];
  /** Snapshots that came when nobody had asked for one. */
  reloads: number;
}

interface Asked {
  id: string;
  text: string;
  /** Null: no answer yet. */
  answer: { ok: boolean; seq: number | null; code: string | null; times: number } | null;
}

interface Plan {
  person: string;
  topics: string[];
  room: string;
  /** Which ways there are, in the order in which they are tried. */
  ways: ("socket" | "stream")[];
  seed: number;
}

/** Not an answer for ever: the person would press the button again. */
const ask_again = new Set(["storage_busy", "busy", "too_fast", "slow_mode", "not_ready"]);
const write_every_ms = 250;
const quick_ms = 0.02;

const trace: string[] = [];
/** Topics whose snapshot is being handed over. */
const replaced = new Set<string>();

/** Notes what is said of positions, so that a fault can be understood. */
function traced(name: string, open: OpenTransport): OpenTransport {
  const note = (words: unknown): void => void trace.push(`${name} ${JSON.stringify(words)}`.slice(0, 400));
  return (listener) => {
    note("opens");
    const inner = open({
      ...listener,
      opened: () => listener.opened(),
      received: (frames) => {
        for (const frame of frames) {
          if (frame.op === "joined" && frame.mode === "snapshot") replaced.add(frame.topic);
          if (frame.op === "joined") note({ ...frame, snapshot: undefined });
          else if (frame.op === "event") note([frame.topic, frame.seq]);
          else if (frame.op !== "state" && frame.op !== "done") note(frame.op);
        }
        listener.received(frames);
      },
      closed: (code, reason) => {
        note(code);
        listener.closed(code, reason);
      },
    });
    return {
      send: (frame) => {
        if (frame.op !== "do") note(frame);
        inner.send(frame);
      },
      close: () => {
        note("closes");
        inner.close();
      },
    };
  };
}

const ways: Record<Plan["ways"][number], OpenTransport> = {
  socket: traced("socket", webSocketTransport("/rt")),
  stream: traced("stream", eventStreamTransport("/rt/events", "/api/commands", "/api/history")),
};

class Roamer {
  readonly lives: Record<string, Life[]> = {};
  readonly asked: Asked[] = [];
  readonly faults: string[] = [];
  lines = 0;
  writes = true;
  private readonly logs = new Map<string, TopicLog<Data>>();
  private readonly expected = new Set<Life>();
  private readonly client: Client;
  private chance: number;

  constructor(private readonly plan: Plan) {
    this.chance = plan.seed;
    const [first, ...others] = plan.ways.map((way) => ways[way]);
    if (!first) throw new Error("expected a way");
    this.client = new Client(
      new Outbox(localStorage, plan.person),
      {
        lineChanged: (state) => this.lineChanged(state.name),
        welcomed: () => (this.lines += 1),
        topicChanged: (topic) => this.topicChanged(topic),
        outboxChanged: () => undefined,
        heard: (event) => this.heard(event),
      },
      { choice: new TransportChoice([first, ...others]), random: () => quick_ms },
    );
    for (const topic of plan.topics) this.join(topic);
    this.client.start();
    setInterval(() => this.write(), write_every_ms);
  }

  wake(): void {
    this.client.wake();
  }

  rest(): void {
    this.writes = false;
    for (const topic of this.plan.topics) this.join(topic);
  }

  /** The server's numbers may come a second time: everything begins anew, once. */
  expectAnotherEpoch(): void {
    for (const lives of Object.values(this.lives)) {
      const life = lives.at(-1);
      if (life && life.base >= 0) this.expected.add(life);
    }
  }

  get waiting(): number {
    return this.asked.filter((one) => one.answer === null).length;
  }

  seqs(): Record<string, number> {
    return Object.fromEntries([...this.logs].map(([topic, log]) => [topic, log.seq]));
  }

  states(): Record<string, Data | null> {
    return Object.fromEntries([...this.logs].map(([topic, log]) => [topic, log.state]));
  }

  private join(topic: string): void {
    if (this.logs.has(topic)) return;
    const reduce = reducerFor<string>(topic);
    const life: Life = { base: -1, events: [], reloads: 0 };
    (this.lives[topic] ??= []).push(life);
    const log = this.client.join<Data>(topic, (state, event) => {
      life.events.push(event);
      return reduce(state, event);
    });
    this.logs.set(topic, log);
  }

  private leave(topic: string): void {
    this.logs.delete(topic);
    this.client.leave(topic);
  }

  /** Called for a snapshot and after each event; a position that no event led to is a snapshot's. */
  private topicChanged(topic: string): void {
    const log = this.logs.get(topic);
    const life = this.lives[topic]?.at(-1);
    // A topic that was left and joined again in a handler has nothing yet.
    if (!log || !life || (log.state === null && log.denied === null)) return;
    if (log.denied !== null) this.faults.push(`${topic} was denied: ${log.denied}`);
    else if (!replaced.delete(topic)) {
      if (life.base + life.events.length !== log.seq) this.faults.push(`${topic} moved to ${log.seq} by itself`);
    } else if (life.base < 0) life.base = log.seq;
    else {
      if (!this.expected.delete(life)) {
        life.reloads += 1;
        this.faults.push(`reload of ${topic} after ${trace.slice(-60).join("\n")}`);
      }
      this.begin(topic, log.seq);
    }
  }

  /** The same topic from a snapshot on. */
  private begin(topic: string, base: number): void {
    const before = this.lives[topic]?.at(-1);
    if (!before) return;
    // The reducer that is under way writes into the life it was made with.
    const ended: Life = { ...before, events: before.events.splice(0) };
    before.base = base;
    before.reloads = 0;
    this.lives[topic]?.splice(-1, 0, ended);
  }

  /** Everything that a handler may do while more of the same message is still to come. */
  private heard({ topic }: EventFrame): void {
    const drawn = this.drawn();
    if (!this.writes || drawn > 0.12) return;
    if (drawn > 0.06) {
      this.leave(topic);
      this.join(topic);
    } else if (drawn > 0.02) {
      this.leave(topic);
      setTimeout(() => this.join(topic), 300);
    } else this.believe(topic, "gammel");
  }

  /** Say an epoch that is not the server's when this topic is asked for the next time. */
  private believe(topic: string, epoch: string): void {
    const log = this.logs.get(topic);
    const life = this.lives[topic]?.at(-1);
    if (!log || !life || life.base < 0) return;
    Reflect.set(log, "epoch", epoch);
    this.expected.add(life);
  }

  private lineChanged(name: string): void {
    if (name === "final") this.faults.push("the line ended for good");
  }

  private write(): void {
    for (const entry of this.client.pending()) {
      if (entry.refused && ask_again.has(entry.refused.code)) this.follow(entry.id, this.client.retry(entry.id));
    }
    if (!this.writes || this.waiting > 3) return;
    const text = `${this.plan.person} ${this.asked.length}`;
    const answer = this.client.do(this.plan.room, "post_message", { text });
    const id = this.client.pending().find((entry) => entry.data["text"] === text)?.id ?? "";
    this.asked.push({ id, text, answer: null });
    this.follow(id, answer);
  }

  private follow(id: string, promise: ReturnType<Client["do"]> | null): void {
    void promise?.then((answer) => {
      const asked = this.asked.find((one) => one.id === id);
      if (!asked || (!answer.ok && ask_again.has(answer.code))) return;
      const times = (asked.answer?.times ?? 0) + 1;
      asked.answer = answer.ok
        ? { ok: true, seq: answer.seq, code: null, times }
        : { ok: false, seq: null, code: answer.code, times };
    });
  }

  private drawn(): number {
    this.chance = (this.chance * 48_271) % 2_147_483_647;
    return this.chance / 2_147_483_647;
  }
}

Object.assign(window, { roam: (plan: Plan) => Object.assign(window, { roamer: new Roamer(plan) }) && undefined });
