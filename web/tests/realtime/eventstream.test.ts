import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eventStreamTransport } from "../../src/realtime/eventstream";
import type { ServerFrame } from "../../src/realtime/frames";

class FakeEventSource {
  static opened: FakeEventSource[] = [];
  onmessage: ((message: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly hearing = new Map<string, (event: { data: string }) => void>();
  closed = false;

  constructor(readonly url: string) {
    FakeEventSource.opened.push(this);
  }

  addEventListener(kind: string, hear: (event: { data: string }) => void): void {
    this.hearing.set(kind, hear);
  }

  say(kind: string, data: string): void {
    this.hearing.get(kind)?.({ data });
  }

  close(): void {
    this.closed = true;
  }

  get topics(): string[] {
    return new URL(this.url, "http://topmoede.test").searchParams.getAll("topic");
  }
}

const newest = () => {
  const source = FakeEventSource.opened.at(-1);
  if (!source) throw new Error("No stream has been opened.");
  return source;
};

function aStream() {
  const received: ServerFrame[] = [];
  const closed: number[] = [];
  const transport = eventStreamTransport("/rt/events", "/api/commands", "/api/history")({
    opened: () => undefined,
    received: (frames) => void received.push(...frames),
    closed: (code) => void closed.push(code),
  });
  return { transport, received, closed };
}

const order = { op: "do", id: "01J", topic: "room:aalborg", name: "post_message", data: { text: "hej" } } as const;

function answering(status: number, body: object) {
  const fetching = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body), { status })));
  vi.stubGlobal("fetch", fetching);
  return fetching;
}

describe("server-sent events as a transport", () => {
  beforeEach(() => {
    FakeEventSource.opened = [];
    vi.stubGlobal("EventSource", FakeEventSource);
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("opens one stream with the positions of the hello", () => {
    const { transport } = aStream();
    transport.send({ op: "hello", v: 1, topics: [{ topic: "show", epoch: "a1", seq: 812 }, { topic: "room:aalborg" }] });
    expect(newest().topics).toEqual(["show@a1.812", "room:aalborg"]);
  });

  it("opens anew for topics joined later, once for several, with the positions reached", async () => {
    const { transport } = aStream();
    transport.send({ op: "hello", v: 1, topics: [{ topic: "show", epoch: "a1", seq: 812 }] });
    newest().onmessage?.({ data: '{"op":"event","topic":"show","seq":813,"name":"show_held","at":"","data":{}}' });
    transport.send({ op: "join", topic: "committee" });
    transport.send({ op: "join", topic: "channel:main" });
    await Promise.resolve();
    expect(FakeEventSource.opened).toHaveLength(2);
    expect(FakeEventSource.opened[0]?.closed).toBe(true);
    expect(newest().topics).toEqual(["show@a1.813", "committee", "channel:main"]);
  });

  it("posts an order under its id, and takes the answer for the server's word", async () => {
    const fetching = answering(200, { topic: "room:aalborg", seq: 7 });
    const { transport, received } = aStream();
    transport.send(order);
    await vi.waitFor(() => expect(received).toEqual([{ op: "done", id: "01J", topic: "room:aalborg", seq: 7 }]));
    expect(fetching).toHaveBeenCalledWith(
      "/api/commands/post_message",
      expect.objectContaining({
        headers: { "Content-Type": "application/json", "Idempotency-Key": "01J" },
        body: '{"topic":"room:aalborg","data":{"text":"hej"}}',
      }),
    );
  });

  it("hands on a refusal with its facts", async () => {
    answering(429, { code: "slow_mode", detail: "…", retry_ms: 4200 });
    const { transport, received } = aStream();
    transport.send(order);
    await vi.waitFor(() => expect(received).toMatchObject([{ op: "refused", id: "01J", code: "slow_mode", retry_ms: 4200 }]));
  });

  it.each([
    [500, 1006],
    [401, 4500],
  ])("ends with a lost line rather than an answer after %i", async (status, code) => {
    answering(status, {});
    const { transport, received, closed } = aStream();
    transport.send(order);
    await vi.waitFor(() => expect(closed).toEqual([code]));
    expect(received).toEqual([]);
  });

  it.each([409, 429, 503])("takes a refusal for one whatever its status: %i", async (status) => {
    answering(status, { code: "storage_busy", detail: "…" });
    const { transport, received, closed } = aStream();
    transport.send(order);
    await vi.waitFor(() => expect(received).toMatchObject([{ op: "refused", id: "01J", code: "storage_busy" }]));
    expect(closed).toEqual([]);
  });

  it("sends orders one after the other, and none twice while it is under way", async () => {
    const answers: ((answer: Response) => void)[] = [];
    const fetching = vi.fn((_path: string, _how: { headers: Record<string, string> }) => new Promise<Response>((resolve) => answers.push(resolve)));
    vi.stubGlobal("fetch", fetching);
    const { transport, received } = aStream();
    transport.send(order);
    transport.send({ ...order, id: "02J" });
    transport.send(order);
    await vi.waitFor(() => expect(fetching).toHaveBeenCalledTimes(1));
    answers[0]?.(new Response('{"seq":7}', { status: 200 }));
    await vi.waitFor(() => expect(fetching).toHaveBeenCalledTimes(2));
    answers[1]?.(new Response('{"seq":8}', { status: 200 }));
    await vi.waitFor(() => expect(received).toMatchObject([{ id: "01J", seq: 7 }, { id: "02J", seq: 8 }]));
    expect(fetching.mock.calls.map(([, how]) => how.headers["Idempotency-Key"])).toEqual(["01J", "02J"]);
  });

  it("leaves what waits in line to the next stream when it has ended", async () => {
    const fetching = vi.fn(() => Promise.reject(new Error("gone")));
    vi.stubGlobal("fetch", fetching);
    const { transport, received, closed } = aStream();
    transport.send(order);
    transport.send({ ...order, id: "02J" });
    await vi.waitFor(() => expect(closed).toEqual([1006]));
    await new Promise((done) => setTimeout(done));
    expect(fetching).toHaveBeenCalledTimes(1);
    expect(received).toEqual([]);
  });

  it("asks for what was before by an address of its own", async () => {
    const fetching = answering(200, { op: "history", topic: "room:aalborg", items: [{ id: "m1" }], more: false });
    const { transport, received } = aStream();
    transport.send({ op: "history", id: "01K", topic: "room:aalborg", before: 300, limit: 100 });
    await vi.waitFor(() => expect(received).toMatchObject([{ op: "history", id: "01K", items: [{ id: "m1" }], more: false }]));
    expect(fetching).toHaveBeenCalledWith("/api/history?topic=room%3Aaalborg&before=300&limit=100", expect.anything());
  });

  it("answers a ping with a new stream from where it stood", async () => {
    const { transport } = aStream();
    transport.send({ op: "hello", v: 1, topics: [{ topic: "show", epoch: "a1", seq: 812 }] });
    transport.send({ op: "ping" });
    await Promise.resolve();
    expect(FakeEventSource.opened).toHaveLength(2);
    expect(newest().topics).toEqual(["show@a1.812"]);
  });

  it.each([
    ['{"code":4501}', 4501],
    ['{"code":1012}', 1012],
    ["nonsense", 1006],
  ])("ends as the server says: %s", (data, code) => {
    const { transport, closed } = aStream();
    transport.send({ op: "hello", v: 1, topics: [] });
    newest().say("close", data);
    expect(closed).toEqual([code]);
  });

  it("has the sign-in looked at when it is not let in", () => {
    const { transport, closed } = aStream();
    transport.send({ op: "hello", v: 1, topics: [] });
    newest().onerror?.();
    expect(closed).toEqual([4003]);
  });

  it("leaves reconnecting to the line: the first error closes it, once", () => {
    const { transport, closed } = aStream();
    transport.send({ op: "hello", v: 1, topics: [] });
    newest().onmessage?.({ data: '{"op":"beat"}' });
    newest().onerror?.();
    newest().onerror?.();
    expect(closed).toEqual([1006]);
    expect(newest().closed).toBe(true);
  });
});
