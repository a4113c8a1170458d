/**
 * The other transport, where a proxy swallows WebSockets: server-sent events down, POST up.
 *
 * The stream's topics stand in its address, so a join or a leave opens it anew, with the positions reached so
 * far; several in one breath open it once. The browser's own reconnecting is switched off by closing at the
 * first error: one place decides when to try again.
 */

import { parseFrames, type ClientFrame, type Data, type ServerFrame, type TopicRequest } from "./frames";
import type { OpenTransport, Transport, TransportListener } from "./transport";

export function eventStreamTransport(path: string, commands: string): OpenTransport {
  return (listener) => new EventStreamTransport(path, commands, listener);
}

class EventStreamTransport implements Transport {
  private readonly topics = new Map<string, TopicRequest>();
  private source: EventSource | null = null;
  private reopening = false;
  private ended = false;

  constructor(
    private readonly path: string,
    private readonly commands: string,
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
        return void this.post(frame.id, frame.name, { topic: frame.topic, data: frame.data });
      case "history":
        return this.deliver([{ op: "refused", id: frame.id, code: "not_here", detail: "No history over server-sent events." }]);
      case "ping":
        return;
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
      if (!this.ended) this.deliver(parseFrames(message.data));
    };
    source.onerror = () => this.fail(1006);
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

  private async post(id: string, name: string, body: Data): Promise<void> {
    try {
      const answer = await fetch(`${this.commands}/${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": id },
        body: JSON.stringify(body),
      });
      const facts = (await answer.json()) as Data;
      if (this.ended) return;
      if (answer.status === 401) return this.fail(4500);
      if (answer.ok) this.listener.received([{ ...facts, op: "done", id }]);
      else if (answer.status < 500) this.listener.received([{ ...facts, op: "refused", id, code: String(facts.code) }]);
      else this.fail(1006);
    } catch {
      // Unanswered is not refused: the entry stays in the outbox and goes again on the next stream.
      this.fail(1006);
    }
  }

  private fail(code: number): void {
    if (this.ended) return;
    this.close();
    this.listener.closed(code, "");
  }
}

function query(topics: TopicRequest[]): string {
  const parameters = new URLSearchParams();
  for (const { topic, epoch, seq } of topics) {
    parameters.append("topic", epoch === undefined || seq === undefined ? topic : `${topic}@${epoch}.${seq}`);
  }
  return parameters.toString();
}
