import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client, type Answer } from "../../src/realtime/client";
import type { EventFrame } from "../../src/realtime/frames";
import type { LineState } from "../../src/realtime/line";
import { Outbox } from "../../src/realtime/outbox";
import { TransportChoice } from "../../src/realtime/transportchoice";
import { FakeServer } from "./fakeserver";
import { MemoryStore } from "./memorystore";

interface Log {
  said: string[];
}

const append = (state: Log, event: EventFrame): Log => ({ said: [...state.said, String(event.data.text)] });

function aPage(server: FakeServer, store = new MemoryStore()) {
  const lines: LineState["name"][] = [];
  const client = new Client(
    new Outbox(store, "p1"),
    {
      lineChanged: (state) => void lines.push(state.name),
      welcomed: () => undefined,
      topicChanged: () => undefined,
      outboxChanged: () => undefined,
    },
    { choice: new TransportChoice([server.way]), random: () => 0.5 },
  );
  const room = client.join<Log>("room:aalborg", append);
  client.start();
  return { client, room, lines, store };
}

function anOpenPage(seq = 3) {
  const server = new FakeServer();
  const page = aPage(server);
  server.connection.welcome();
  server.connection.snapshot("room:aalborg", seq, { said: ["a"] });
  return { server, ...page };
}

const say = (text: string) => ({ text });

describe("a client", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("says hello first, without a position it does not have", () => {
    const { server } = anOpenPage();
    expect(server.connection.said[0]).toEqual({ op: "hello", v: 1, topics: [{ topic: "room:aalborg" }] });
  });

  it("joins what is asked for between its hello and the welcome", () => {
    const server = new FakeServer();
    const { client } = aPage(server);
    server.connection.open();
    client.join<Log>("show", append);
    expect(server.connection.last("join")).toEqual({ op: "join", topic: "show" });
    server.connection.welcome();
    client.join<Log>("committee", append);
    expect(server.connection.last("join")).toEqual({ op: "join", topic: "committee" });
  });

  it("applies the next event and drops what it already has", () => {
    const { server, room } = anOpenPage();
    server.connection.event("room:aalborg", 4, "message_posted", say("b"));
    server.connection.event("room:aalborg", 4, "message_posted", say("b"));
    server.connection.event("room:aalborg", 2, "message_posted", say("old"));
    expect(room.state?.said).toEqual(["a", "b"]);
    expect(room.seq).toBe(4);
  });

  it("asks again for a topic whose join was refused for its pace, once, and on this line only", () => {
    const { server, client } = anOpenPage();
    client.join<Log>("show", append);
    const tooFast = { op: "refused", id: null, code: "too_fast", topic: "show", retry_ms: 40 } as const;
    server.connection.say(tooFast);
    expect(server.connection.all("join")).toHaveLength(1);
    vi.advanceTimersByTime(40);
    expect(server.connection.all("join")).toEqual([{ op: "join", topic: "show" }, { op: "join", topic: "show" }]);
    server.connection.say(tooFast);
    server.connection.snapshot("show", 1, { said: [] });
    vi.advanceTimersByTime(1_000);
    expect(server.connection.all("join")).toHaveLength(2);
    server.connection.say(tooFast);
    client.leave("show");
    vi.advanceTimersByTime(1_000);
    expect(server.connection.all("join")).toHaveLength(2);
  });

  it("takes an order that was refused as accepted when its event comes: another copy was under way", () => {
    const { server, client } = anOpenPage();
    void client.do("room:aalborg", "post_message", say("b"));
    const id = server.connection.last("do")?.id ?? "";
    server.connection.say({ op: "refused", id, code: "too_fast", retry_ms: 900 });
    expect(client.pending().map((entry) => entry.refused?.code)).toEqual(["too_fast"]);
    server.connection.event("room:aalborg", 4, "message_posted", say("b"), id);
    expect(client.pending()).toEqual([]);
  });

  it("tells who waits that an order was accepted whose event came and whose answer was lost with the line", async () => {
    const { server, client } = anOpenPage();
    const waiting = client.do("room:aalborg", "post_message", say("b"));
    const id = server.connection.last("do")?.id ?? "";
    server.connection.event("room:aalborg", 4, "message_posted", say("b"), id);
    server.connection.drop();
    expect(await waiting).toEqual({ ok: true, seq: 4, held: false });
    vi.advanceTimersByTime(30_000);
    server.connection.welcome();
    expect(server.connection.all("do")).toEqual([]);
  });

  it("lets the answer say what became of an order, also where its event comes first", async () => {
    const { server, client } = anOpenPage();
    const waiting = client.do("room:aalborg", "post_message", say("b"));
    const id = server.connection.last("do")?.id ?? "";
    server.connection.event("room:aalborg", 4, "message_posted", say("b"), id);
    server.connection.say({ op: "done", id, topic: "room:aalborg", held: true });
    expect(await waiting).toEqual({ ok: true, seq: null, held: true });
  });

  it("joins one topic again from its last position when a number is missing", () => {
    const { server, room } = anOpenPage();
    server.connection.event("room:aalborg", 6, "message_posted", say("d"));
    server.connection.event("room:aalborg", 7, "message_posted", say("e"));
    expect(server.connection.all("join")).toEqual([{ op: "join", topic: "room:aalborg", epoch: "a1", seq: 3 }]);
    expect(room.state?.said).toEqual(["a"]);

    server.connection.say({ op: "joined", topic: "room:aalborg", epoch: "a1", mode: "resume", seq: 3, head: 7 });
    for (const [seq, text] of [[4, "b"], [5, "c"], [6, "d"], [7, "e"]] as const) {
      server.connection.event("room:aalborg", seq, "message_posted", say(text));
    }
    expect(room.state?.said).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("resumes from the position reached, also twice in a row without traffic", async () => {
    const { server, room } = anOpenPage();
    server.connection.event("room:aalborg", 4, "message_posted", say("b"));
    for (let time = 0; time < 2; time += 1) {
      server.connection.drop();
      await vi.advanceTimersByTimeAsync(5_000);
      server.connection.welcome();
      expect(server.connection.last("hello")?.topics).toEqual([{ topic: "room:aalborg", epoch: "a1", seq: 4 }]);
      server.connection.say({ op: "joined", topic: "room:aalborg", epoch: "a1", mode: "live", seq: 4, head: 4 });
    }
    server.connection.event("room:aalborg", 5, "message_posted", say("c"));
    expect(room.state?.said).toEqual(["a", "b", "c"]);
  });

  it("never lets an answer carry it past events it was not sent", () => {
    const { server, room } = anOpenPage();
    server.connection.say({ op: "joined", topic: "room:aalborg", epoch: "a1", mode: "resume", seq: 9, head: 12 });
    expect(server.connection.last("join")).toEqual({ op: "join", topic: "room:aalborg" });
    server.connection.event("room:aalborg", 10, "message_posted", say("j"));
    expect(room.seq).toBe(3);
  });

  it("takes nothing over from another epoch", () => {
    const { server, room } = anOpenPage();
    server.connection.say({ op: "joined", topic: "room:aalborg", epoch: "b2", mode: "live", seq: 3, head: 3 });
    expect(server.connection.last("join")).toEqual({ op: "join", topic: "room:aalborg" });
    server.connection.snapshot("room:aalborg", 1, { said: ["new"] }, "b2");
    server.connection.event("room:aalborg", 2, "message_posted", say("x"));
    expect(room.state?.said).toEqual(["new", "x"]);
  });

  it("hears no events between the break and the answer to its resume", async () => {
    const { server, room } = anOpenPage();
    server.connection.drop();
    await vi.advanceTimersByTimeAsync(5_000);
    server.connection.welcome();
    server.connection.event("room:aalborg", 4, "message_posted", say("too early"));
    expect(room.seq).toBe(3);
  });

  it("forgets what it may no longer read", () => {
    const { server, room } = anOpenPage();
    server.connection.say({ op: "denied", topic: "room:aalborg", code: "not_found" });
    expect(room.state).toBeNull();
    expect(room.denied).toBe("not_found");
  });

  it("keeps the newest value of a state topic, which has no number", () => {
    const { server, client } = anOpenPage();
    const presence = client.join<{ viewers?: number }>("presence", (state) => state);
    server.connection.say({ op: "joined", topic: "presence", mode: "state" });
    server.connection.say({ op: "state", topic: "presence", data: { viewers: 40 } });
    server.connection.say({ op: "state", topic: "presence", data: { viewers: 50 } });
    expect(presence.state?.viewers).toBe(50);
  });
});

describe("an order", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is sent again with the same id until it is answered", async () => {
    const { server, client } = anOpenPage();
    void client.do("room:aalborg", "post_message", say("hej"));
    const first = server.connection.last("do");
    server.connection.drop();
    await vi.advanceTimersByTimeAsync(5_000);
    server.connection.welcome();
    expect(server.connection.last("do")).toEqual(first);
    server.connection.say({ op: "done", id: first?.id ?? "", topic: "room:aalborg", seq: 4 });
    server.connection.drop();
    await vi.advanceTimersByTimeAsync(5_000);
    server.connection.welcome();
    expect(server.connection.all("do")).toEqual([]);
  });

  it("survives a reload of the page", () => {
    const { server, client, store } = anOpenPage();
    void client.do("room:aalborg", "post_message", say("hej"));
    const id = server.connection.last("do")?.id;
    const reloaded = new FakeServer();
    aPage(reloaded, store);
    reloaded.connection.welcome();
    expect(reloaded.connection.last("do")).toMatchObject({ id, name: "post_message", data: { text: "hej" } });
  });

  it("of another person in the same browser is left alone", () => {
    const { client, store } = anOpenPage();
    void client.do("room:aalborg", "post_message", say("hej"));
    expect(new Outbox(store, "p2").list()).toEqual([]);
  });

  it("counts as on its way until its event is seen, in either order", () => {
    const { server, client } = anOpenPage();
    void client.do("room:aalborg", "post_message", say("b"));
    const id = server.connection.last("do")?.id ?? "";
    server.connection.say({ op: "done", id, topic: "room:aalborg", seq: 4 });
    expect(client.pending().map((entry) => entry.id)).toEqual([id]);
    server.connection.event("room:aalborg", 4, "message_posted", say("b"), id);
    expect(client.pending()).toEqual([]);

    void client.do("room:aalborg", "post_message", say("c"));
    const second = server.connection.last("do")?.id ?? "";
    server.connection.event("room:aalborg", 5, "message_posted", say("c"), second);
    expect(client.pending()).toEqual([]);
  });

  it("that is refused stays with its reason until the person retries or lets go", async () => {
    const { server, client } = anOpenPage();
    const answer = client.do("room:aalborg", "post_message", say("hej"));
    const id = server.connection.last("do")?.id ?? "";
    server.connection.say({ op: "refused", id, code: "slow_mode", retry_ms: 4200 });
    expect(await answer).toMatchObject({ ok: false, code: "slow_mode", refused: { retry_ms: 4200 } });
    expect(client.pending()[0]?.refused?.code).toBe("slow_mode");
    void client.retry(id);
    expect(server.connection.all("do").map((order) => order.id)).toEqual([id, id]);
    client.discard(id);
    expect(client.pending()).toEqual([]);
  });

  it("that waits for the host is done, and held", async () => {
    const { server, client } = anOpenPage();
    const answer = client.do("room:aalborg", "post_message", say("hej"));
    server.connection.say({ op: "done", id: server.connection.last("do")?.id ?? "", held: true });
    expect(await answer).toEqual({ ok: true, seq: null, held: true });
  });

  it("with little patience is given up rather than sent late", async () => {
    const { server, client } = anOpenPage();
    server.connection.drop();
    let answer: Answer | null = null;
    void client.do("show", "next", { after: "02" }, { patience_ms: 3_000 }).then((given) => (answer = given));
    await vi.advanceTimersByTimeAsync(8_000);
    expect(answer).toMatchObject({ ok: false, code: "no_line" });
    server.connection.welcome();
    expect(server.connection.all("do")).toEqual([]);
  });
});
