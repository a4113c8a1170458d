import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Line, type LineState } from "../../src/realtime/line";
import { TransportChoice } from "../../src/realtime/transportchoice";
import { FakeServer } from "./fakeserver";

function aLine(servers: [FakeServer, ...FakeServer[]], random = 0.5, renew?: () => Promise<boolean>) {
  const states: LineState[] = [];
  const [first, ...others] = servers;
  const line: Line = new Line(
    { ready: () => line.send({ op: "hello", v: 1, topics: [] }), received: () => undefined, lineChanged: (s) => void states.push(s) },
    { choice: new TransportChoice([first.way, ...others.map((server) => server.way)]), random: () => random, renew },
  );
  line.start();
  return { line, states };
}

describe("a line", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is open when the server has welcomed it, not before", () => {
    const server = new FakeServer();
    const { line } = aLine([server]);
    server.connection.open();
    expect(line.state.name).toBe("connecting");
    server.connection.welcome();
    expect(line.state.name).toBe("open");
  });

  it("goes over to the other way at once when the first is swallowed", async () => {
    const [socket, stream] = [new FakeServer(), new FakeServer()];
    const { line } = aLine([socket, stream]);
    await vi.advanceTimersByTimeAsync(3_100);
    expect(stream.connections).toHaveLength(1);
    stream.connection.welcome();
    expect(line.state.name).toBe("open");
  });

  it("goes over at once, too, when the first is refused outright", async () => {
    const [socket, stream] = [new FakeServer(), new FakeServer()];
    aLine([socket, stream]);
    socket.connection.drop(1006);
    await vi.advanceTimersByTimeAsync(1);
    expect(stream.connections).toHaveLength(1);
  });

  it.each([1013, 1012, 4000])("does not try another way when the server itself says %i", async (code) => {
    const [socket, stream] = [new FakeServer(), new FakeServer()];
    aLine([socket, stream]);
    socket.connection.drop(code);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(stream.connections).toHaveLength(0);
    expect(socket.connections).toHaveLength(2);
  });

  it("comes back with full jitter: never before the base, never after the ceiling", async () => {
    for (const random of [0, 0.999]) {
      const server = new FakeServer();
      aLine([server], random);
      server.connection.welcome();
      server.connection.drop();
      await vi.advanceTimersByTimeAsync(990);
      expect(server.connections).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1_010);
      expect(server.connections).toHaveLength(2);
    }
  });

  it("spreads a planned restart over the window it was given", async () => {
    const server = new FakeServer();
    aLine([server], 0.8);
    server.connection.welcome();
    server.connection.say({ op: "drain", within_ms: 20_000 });
    await vi.advanceTimersByTimeAsync(15_900);
    expect(server.connections).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.connections).toHaveLength(2);
  });

  it("keeps to the window when the server closes before our turn", async () => {
    const server = new FakeServer();
    aLine([server], 0.5);
    server.connection.welcome();
    server.connection.say({ op: "drain", within_ms: 20_000 });
    server.connection.drop(1012);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(server.connections).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.connections).toHaveLength(2);
  });

  it.each([
    [4500, "signed_out"],
    [4501, "removed"],
    [4502, "protocol"],
    [4503, "elsewhere"],
    [4504, "over"],
    [4777, "stopped"],
    [1000, "stopped"],
    [1009, "stopped"],
  ])("stops after %i and says why", async (code, reason) => {
    const server = new FakeServer();
    const { line } = aLine([server]);
    server.connection.welcome();
    server.connection.drop(code);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(line.state).toEqual({ name: "final", reason });
    expect(server.connections).toHaveLength(1);
  });

  it.each([1006, 1012, 1013, 4000, 4001, 4002, 4004, 4321])("comes back after %i", async (code) => {
    const server = new FakeServer();
    aLine([server]);
    server.connection.welcome();
    server.connection.drop(code);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(server.connections.length).toBeGreaterThan(1);
  });

  it("goes on here when the person who watches elsewhere asks for it", () => {
    const server = new FakeServer();
    const { line } = aLine([server]);
    server.connection.welcome();
    server.connection.drop(4503);
    line.reopen();
    server.connection.welcome();
    expect(line.state.name).toBe("open");
  });

  it("renews an expired sign-in, and stops when it cannot", async () => {
    for (const [renewed, name] of [[true, "open"], [false, "final"]] as const) {
      const server = new FakeServer();
      const { line } = aLine([server], 0.5, () => Promise.resolve(renewed));
      server.connection.welcome();
      server.connection.drop(4003);
      await vi.advanceTimersByTimeAsync(3_000);
      if (renewed) server.connection.welcome();
      expect(line.state.name).toBe(name);
    }
  });

  it("asks after 35 s of silence, and lets go when nobody answers in 3 s", async () => {
    const server = new FakeServer();
    const { line } = aLine([server]);
    server.connection.welcome();
    await vi.advanceTimersByTimeAsync(34_900);
    server.connection.say({ op: "beat" });
    await vi.advanceTimersByTimeAsync(34_900);
    expect(server.connection.last("ping")).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);
    expect(server.connection.last("ping")).toEqual({ op: "ping" });
    server.connection.say({ op: "pong" });
    await vi.advanceTimersByTimeAsync(35_100);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(line.state.name).not.toBe("open");
  });

  it("is asked at waking whether it lives, and is replaced within seconds when not", async () => {
    const server = new FakeServer();
    const { line } = aLine([server]);
    server.connection.welcome();
    line.wake();
    expect(server.connection.last("ping")).toEqual({ op: "ping" });
    await vi.advanceTimersByTimeAsync(3_000 + 2_000);
    expect(server.connections).toHaveLength(2);
  });

  it("does not wait any longer once the page is looked at again", () => {
    const server = new FakeServer();
    const { line } = aLine([server]);
    server.connection.welcome();
    server.connection.drop();
    line.wake();
    expect(server.connections).toHaveLength(2);
  });
});
