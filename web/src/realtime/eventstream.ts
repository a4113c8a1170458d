/**
 * The other transport, where a proxy swallows WebSockets: server-sent events down, POST up.
 *
 * The stream's topics stand in its address, so a join or a leave opens it anew, with the positions reached so
 * far; several in one breath open it once. So does a ping: the welcome of the new stream is the answer. The
 * browser's own reconnecting is switched off by closing at the first error: one place decides when to try again.
 *
 * Orders go one after the other, as they would on a socket, so that two messages never change places. What is
 * under way is not sent a second time by this stream; what was not answered is, by the next one, from the outbox.
 *
 * A stream that says why it ends says it in an event named `close`. One that is not let in says it to nobody: the
 * browser hides the status. So an error before the first word asks for the sign-in to be looked at.
 */

import { parseFrames, type ClientFrame, type Data, type ServerFrame, type TopicRequest } from "./frames";
import type { OpenTransport, Transport, TransportListener } from "./transport";

/** An order that nobody answers for so long is taken for lost, and goes again on the next stream. */
const answer_within_ms = 12_000;

export function eventStreamTransport(path: string, commands: string, histories: string): OpenTransport {
  return (listener) => new EventStreamTransport(path, commands, histories, listener);
}

class EventStreamTransport implements Transport {
  private readonly topics = new Map<string, TopicRequest>();
  private source: EventSource | null = null;
  private readonly underWay = new Set<string>();
  private orders = Promise.resolve();
  private reopening = false;
  private hasHeard = false;
  private ended = false;

  constructor(
    private readonly path: string,
    private readonly commands: string,
    private readonly histories: string,
    private readonly listener: TransportListener,
  ) {
    queueMicrotask(() => {
      if (!this.ended) listener.opened();
    });
  }

  send(frame: ClientFrame): void {
    switch (frame.op) {
      case "hello":
        for (const topic of frame.topics) this.topics.set(topic.topic, topic);
        return this.open();
      case "join":
        this.topics.set(frame.topic, { ...frame, op: undefined } as TopicRequest);
        return this.reopen();
      case "leave":
        this.topics.delete(frame.topic);
        return this.reopen();
      case "do":
        return this.order(frame.id, frame.name, { topic: frame.topic, data: frame.data });
      case "history":
        return void this.fetchHistory(frame.id, frame.topic, frame.before, frame.limit);
      case "ping":
        return this.reopen();
    }
  }

  close(): void {
    this.ended = true;
    this.source?.close();
  }

  private reopen(): void {
    if (this.reopening) return;
    this.reopening = true;
    queueMicrotask(() => {
      this.reopening = false;
      if (!this.ended) this.open();
    });
  }

  private open(): void {
    this.source?.close();
    const source = new EventSource(`${this.path}?${query([...this.topics.values()])}`);
    source.onmessage = (message: MessageEvent<string>) => {
      this.hasHeard = true;
      if (!this.ended) this.deliver(parseFrames(message.data));
    };
    source.addEventListener("close", ({ data }: MessageEvent<string>) => this.fail(codeOf(data)));
    source.onerror = () => this.fail(this.hasHeard ? 1006 : 4003);
    this.source = source;
  }

  private deliver(frames: ServerFrame[]): void {
    for (const frame of frames) this.follow(frame);
    this.listener.received(frames);
  }

  private follow(frame: ServerFrame): void {
    if (frame.op !== "event" && frame.op !== "joined") return;
    const known = this.topics.get(frame.topic);
    if (!known || frame.seq === undefined) return;
    const epoch = frame.op === "joined" ? frame.epoch : known.epoch;
    this.topics.set(frame.topic, { topic: frame.topic, epoch, seq: frame.seq });
  }

  private order(id: string, name: string, body: Data): void {
    if (this.underWay.has(id)) return;
    this.underWay.add(id);
    this.orders = this.orders.then(() => this.post(id, name, body)).finally(() => this.underWay.delete(id));
  }

  private async post(id: string, name: string, body: Data): Promise<void> {
    if (this.ended) return;
    try {
      const answer = await fetch(`${this.commands}/${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": id },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answer_within_ms),
      });
      this.receiveAnswer(id, "done", answer.status, (await answer.json()) as Data);
    } catch {
      // Unanswered is not refused: the entry stays in the outbox and goes again on the next stream.
      this.fail(1006);
    }
  }

  private async fetchHistory(id: string, topic: string, before: number, limit: number): Promise<void> {
    const asked = new URLSearchParams({ topic, before: String(before), limit: String(limit) });
    try {
      const signal = AbortSignal.timeout(answer_within_ms);
      const answer = await fetch(`${this.histories}?${asked.toString()}`, { signal });
      this.receiveAnswer(id, "history", answer.status, (await answer.json()) as Data);
    } catch {
      this.fail(1006);
    }
  }

  /** A refusal is the server's word whatever its status; without a code it is a proxy's, and the line is lost. */
  private receiveAnswer(id: string, op: "done" | "history", status: number, facts: Data): void {
    if (this.ended) return;
    if (status === 401) return this.fail(4500);
    if (status < 300) this.listener.received([{ ...facts, op, id } as ServerFrame]);
    else if (typeof facts.code === "string") this.listener.received([{ ...facts, op: "refused", id, code: facts.code }]);
    else this.fail(1006);
  }

  private fail(code: number): void {
    if (this.ended) return;
    this.close();
    this.listener.closed(code, "");
  }
}

function codeOf(data: string): number {
  try {
    return Number((JSON.parse(data) as Data).code) || 1006;
  } catch {
    return 1006;
  }
}

function query(topics: TopicRequest[]): string {
  const parameters = new URLSearchParams();
  for (const { topic, epoch, seq } of topics) {
    parameters.append("topic", epoch === undefined || seq === undefined ? topic : `${topic}@${epoch}.${seq}`);
  }
  return parameters.toString();
}
