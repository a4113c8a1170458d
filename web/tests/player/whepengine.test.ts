import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EngineListener } from "../../src/player/engine";
import { SteeringEngine } from "../../src/player/steeringengine";
import { type WhepEdge, WhepEngine } from "../../src/player/whepengine";
import { created, FakeWhip } from "../camera/fakewhip";
import { FakeReceiver } from "./fakereceiver";
import { FakeEngine, FakeVideo } from "./fakevideo";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const main = { url: "/hls/main/index.m3u8", from_s: null };
const session = () => created("/whep/main/s1");
const refused = (status: number) => new Response(null, { status });

class Hearing implements EngineListener {
  readonly heard: string[] = [];
  ready = () => void this.heard.push("ready");
  nothingHere = (status: number) => void this.heard.push(`nothing ${status}`);
  stalled = (what: string) => void this.heard.push(`stalled ${what}`);
  failed = (what: string, fatal: boolean) => void this.heard.push(`failed ${what} ${fatal}`);
}

function aWatcher(server: FakeWhip) {
  const receivers: FakeReceiver[] = [];
  const given: string[] = [];
  const hearing = new Hearing();
  const video = new FakeVideo() as unknown as HTMLVideoElement;
  const edge: WhepEdge = {
    fetch: server.fetch,
    makeReceiver: () => {
      const receiver = new FakeReceiver(receivers.length + 1);
      receivers.push(receiver);
      return receiver;
    },
    now: () => Date.now(),
  };
  const engine = new WhepEngine(video, hearing, edge, (why) => given.push(why));
  return { engine, video, hearing, given, receivers, edge, last: () => receivers.at(-1) as FakeReceiver };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("watching over WHEP", () => {
  it("posts an offer to the channel of the playlist and shows the stream that comes", async () => {
    const server = new FakeWhip().will(session());
    const { engine, video, hearing, last } = aWatcher(server);
    engine.open(main);
    await settle();
    const stream = {} as MediaStream;
    last().onstream(stream);
    last().onstream(stream);
    expect(server.requests).toMatchObject([{ method: "POST", url: "/whep/main", type: "application/sdp", body: "offer 1" }]);
    expect([last().accepted, video.srcObject === stream]).toEqual(["answer", true]);
    expect(hearing.heard).toEqual(["ready"]);
  });

  it("asks for relays first, and shows its key in everything that it asks", async () => {
    const server = new FakeWhip().will(session());
    server.link = '<stun:stun.example>; rel="ice-server"';
    const { engine, edge, last } = aWatcher(server);
    edge.proof = { Authorization: "Bearer secret" };
    engine.open(main);
    await settle();
    engine.close();
    expect(server.asked).toMatchObject([{ url: "/whep/main", authorization: "Bearer secret" }]);
    expect(last().iceServers).toEqual([{ urls: "stun:stun.example" }]);
    expect(server.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
      ["POST", "Bearer secret"],
      ["DELETE", "Bearer secret"],
    ]);
  });

  it("tells the wall time of the picture, and goes on counting between two looks", async () => {
    const { engine, last } = aWatcher(new FakeWhip().will(session()));
    engine.open(main);
    await settle();
    expect(engine.playingDate_ms()).toBeNull();
    last().now = { packets: 9, playing_ms: 5_000 };
    await vi.advanceTimersByTimeAsync(500);
    expect(engine.playingDate_ms()).toBe(5_000);
    await vi.advanceTimersByTimeAsync(200);
    expect(engine.playingDate_ms()).toBe(5_200);
  });

  it("deletes its session and lets go of the picture when it is closed", async () => {
    const server = new FakeWhip().will(session());
    const { engine, video, last } = aWatcher(server);
    engine.open(main);
    await settle();
    last().onstream({} as MediaStream);
    engine.close();
    expect(server.of("DELETE")).toMatchObject([{ url: "/whep/main/s1" }]);
    expect([last().isClosed, video.srcObject]).toEqual([true, null]);
  });

  it("asks again while nothing is on air", async () => {
    const server = new FakeWhip().will(refused(409), refused(409), session());
    const { engine, hearing, given, receivers } = aWatcher(server);
    engine.open(main);
    await settle();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(hearing.heard).toEqual(["nothing 409", "nothing 409"]);
    expect(server.of("POST")).toHaveLength(3);
    expect(receivers.map(({ isClosed }) => isClosed)).toEqual([true, true, false]);
    expect(given).toEqual([]);
  });

  it("deletes a session that was created after it had been closed", async () => {
    const server = new FakeWhip().will(session());
    const { engine } = aWatcher(server);
    engine.open(main);
    await Promise.resolve();
    engine.close();
    await settle();
    expect(server.of("DELETE").length).toBe(server.of("POST").length);
  });
});

describe("giving up", () => {
  it.each([404, 406, 503])("gives up once at %i", async (status) => {
    const { engine, given } = aWatcher(new FakeWhip().will(refused(status)));
    engine.open(main);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(given).toEqual([`status ${status}`]);
  });

  it("gives up where no picture comes within four seconds, and deletes the session", async () => {
    const server = new FakeWhip().will(session());
    const { engine, given, last } = aWatcher(server);
    engine.open(main);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(given).toEqual(["no picture came"]);
    expect(server.of("DELETE")).toHaveLength(1);
    expect(last().isClosed).toBe(true);
  });

  it("does not give up while packets come", async () => {
    const { engine, given, last } = aWatcher(new FakeWhip().will(session()));
    engine.open(main);
    for (let second = 1; second < 20; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      last().now = { packets: second, playing_ms: null };
    }
    expect(given).toEqual([]);
  });

  it("gives up when the transport fails", async () => {
    const { engine, given, last } = aWatcher(new FakeWhip().will(session()));
    engine.open(main);
    await settle();
    last().onstate("failed");
    expect(given).toEqual(["failed"]);
  });

  it("gives up in a browser without WebRTC, and for what is not live", async () => {
    const none = aWatcher(new FakeWhip());
    none.edge.makeReceiver = () => {
      throw new ReferenceError("RTCPeerConnection");
    };
    none.engine.open(main);
    const recording = aWatcher(new FakeWhip());
    recording.engine.open({ url: "/replay/02/index.m3u8", from_s: 0 });
    await settle();
    expect([none.given, recording.given]).toEqual([["no WebRTC"], ["no live channel"]]);
  });
});

describe("who steers", () => {
  it("is shown the picture the way everybody sees it as soon as WHEP has given up", async () => {
    const { video, hearing, edge } = aWatcher(new FakeWhip().will(refused(503), session()));
    const sure: FakeEngine[] = [];
    const engine = new SteeringEngine(
      video,
      hearing,
      (element, hears, giveUp) => new WhepEngine(element, hears, edge, giveUp),
      (_, hears) => {
        sure.push(new FakeEngine(hears));
        return sure.at(-1) as FakeEngine;
      },
    );
    engine.open(main);
    expect(engine.name).toBe("whep");
    await settle();
    expect([engine.name, sure[0]?.opened]).toEqual(["fake", [main]]);
    engine.open({ ...main, url: "/hls/source:kl-huset/index.m3u8" });
    await settle();
    expect([engine.name, sure.length]).toEqual(["whep", 1]);
  });
});
