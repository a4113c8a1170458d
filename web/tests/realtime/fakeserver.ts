/** A server of one client at a time: it answers nothing by itself, each test says what comes. */

import type { ClientFrame, Data, ServerFrame, Welcome } from "../../src/realtime/frames";
import type { OpenTransport, Transport, TransportListener } from "../../src/realtime/transport";

export const welcome: Welcome = {
  op: "welcome",
  v: 1,
  connection: "c1",
  clock: { wall: "2026-01-01T08:00:00Z", show: "2021-01-28T08:15:00Z", speed: 1 },
  beat_s: 25,
  retry: { base_ms: 1000, cap_ms: 30_000 },
  person: { id: "p1", name: "Mette Holm", role: "member", municipality: "aalborg" },
};

export class FakeConnection implements Transport {
  readonly said: ClientFrame[] = [];
  alive = true;

  constructor(private readonly listener: TransportListener) {}

  send(frame: ClientFrame): void {
    if (this.alive) this.said.push(frame);
  }

  close(): void {
    this.alive = false;
  }

  open(): void {
    this.listener.opened();
  }

  say(...frames: ServerFrame[]): void {
    if (this.alive) this.listener.received(frames);
  }

  welcome(): void {
    this.open();
    this.say(welcome);
  }

  snapshot(topic: string, seq: number, snapshot: Data, epoch = "a1"): void {
    this.say({ op: "joined", topic, epoch, mode: "snapshot", seq, head: seq, snapshot });
  }

  event(topic: string, seq: number, name: string, data: Data, cause?: string): void {
    this.say({ op: "event", topic, seq, name, at: "2026-01-01T08:00:01Z", cause, data });
  }

  /** The line breaks: the client is told a code, or 1006 when it is not. */
  drop(code = 1006): void {
    if (!this.alive) return;
    this.alive = false;
    this.listener.closed(code, "");
  }

  last<Op extends ClientFrame["op"]>(op: Op): Extract<ClientFrame, { op: Op }> | undefined {
    return this.said.filter((frame): frame is Extract<ClientFrame, { op: Op }> => frame.op === op).at(-1);
  }

  all<Op extends ClientFrame["op"]>(op: Op): Extract<ClientFrame, { op: Op }>[] {
    return this.said.filter((frame): frame is Extract<ClientFrame, { op: Op }> => frame.op === op);
  }
}

export class FakeServer {
  readonly connections: FakeConnection[] = [];

  readonly way: OpenTransport = (listener) => {
    const connection = new FakeConnection(listener);
    this.connections.push(connection);
    return connection;
  };

  get connection(): FakeConnection {
    const newest = this.connections.at(-1);
    if (!newest) throw new Error("Nobody has connected yet.");
    return newest;
  }
}
