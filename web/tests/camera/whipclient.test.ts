import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WhipClient, type WhipState } from "../../src/pages/camera/whipclient";
import { created, FakePeer, FakeWhip } from "./fakewhip";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aCamera(server: FakeWhip, key = "secret") {
  const peers: FakePeer[] = [];
  const states: WhipState[] = [];
  const client = new WhipClient("/whip/kl-huset", key, {
    fetch: server.fetch,
    makePeer: () => {
      const peer = new FakePeer(peers.length + 1);
      peers.push(peer);
      return peer;
    },
    changed: (state) => states.push(state),
    random: () => 0,
  });
  return { client, peers, names: () => states.map(({ name }) => name), last: () => peers.at(-1) as FakePeer };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("publishing", () => {
  it("posts the offer with the key in the header, and takes the answer", async () => {
    const server = new FakeWhip().will(created());
    const { client, last, names } = aCamera(server);
    client.start();
    await settle();
    last().onstate("connected");
    expect(server.requests).toEqual([
      { method: "POST", url: "/whip/kl-huset", authorization: "Bearer secret", type: "application/sdp", body: "offer 1" },
    ]);
    expect(last().accepted).toBe("answer");
    expect(names()).toEqual(["opening", "connecting", "sending"]);
  });

  it("opens another session at once where the server has not been heard, and leaves the old one", async () => {
    const server = new FakeWhip().will(created(), created());
    const { client, last, names } = aCamera(server);
    client.start();
    client.unheard();
    await settle();
    expect(client.attempts).toBe(1);
    last().onstate("connected");
    client.unheard();
    await settle();
    expect(server.of("DELETE")).toHaveLength(1);
    last().onstate("connected");
    expect([client.attempts, ...names().slice(-3)]).toEqual([2, "opening", "connecting", "sending"]);
  });

  it("deletes its session when it is stopped, with the key", async () => {
    const server = new FakeWhip().will(created());
    const { client, last } = aCamera(server);
    client.start();
    await settle();
    last().onstate("connected");
    client.stop();
    expect(server.of("DELETE")).toMatchObject([{ url: "/whip/kl-huset/s1", authorization: "Bearer secret" }]);
    expect([last().isClosed, client.state.name]).toEqual([true, "stopped"]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.attempts).toBe(1);
  });

  it("deletes a session that was created after it had been stopped", async () => {
    const server = new FakeWhip().will(created());
    const { client } = aCamera(server);
    client.start();
    client.stop();
    await settle();
    // Stopped before the offer was made: nothing was asked for, so there is nothing to delete.
    expect(server.requests).toEqual([]);

    let answer: (response: Response) => void = () => undefined;
    const slow = new FakeWhip();
    const fetching = slow.fetch;
    slow.fetch = (url, init) => {
      if (init.method !== "POST") return fetching(url, init);
      return new Promise((resolve) => (answer = resolve));
    };
    const late = aCamera(slow);
    late.client.start();
    await settle();
    late.client.stop();
    answer(created("/whip/kl-huset/late"));
    await settle();
    expect(slow.of("DELETE")).toMatchObject([{ url: "/whip/kl-huset/late" }]);
    expect(late.client.state.name).toBe("stopped");
  });
});

describe("a relay", () => {
  it("is asked for with the key before each offer, and used in it", async () => {
    const server = new FakeWhip().will(created(), created());
    server.link = '<turn:turn.example:443?transport=tcp>; rel="ice-server"; username="u"; credential="c"';
    const { client, peers, last } = aCamera(server);
    client.start();
    await settle();
    last().onstate("failed");
    await vi.advanceTimersByTimeAsync(500);
    const asked = { method: "OPTIONS", url: "/whip/kl-huset", authorization: "Bearer secret", body: null };
    expect(server.asked).toMatchObject([asked, asked]);
    const relay = { urls: "turn:turn.example:443?transport=tcp", username: "u", credential: "c" };
    expect(peers.map(({ iceServers }) => iceServers)).toEqual([[relay], [relay]]);
  });
});

describe("a refusal", () => {
  it.each([
    [401, "no_key"],
    [403, "wrong_key"],
    [404, "unknown_source"],
    [422, "no_h264"],
    [415, "bad_offer"],
  ] as const)("with %i is for a person to mend: %s", async (status, reason) => {
    const { client } = aCamera(new FakeWhip().will(new Response(null, { status })));
    client.start();
    await settle();
    expect(client.state).toEqual({ name: "failed", reason });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.attempts).toBe(1);
  });

  it("because the server is full is tried again when it says so", async () => {
    const full = new Response(null, { status: 503, headers: { "Retry-After": "5" } });
    const { client } = aCamera(new FakeWhip().will(full, created()));
    client.start();
    await settle();
    expect(client.state).toMatchObject({ name: "waiting", reason: "full" });
    await vi.advanceTimersByTimeAsync(4_900);
    expect(client.attempts).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(client.state.name).toBe("connecting");
  });

  it("can be started from again", async () => {
    const { client, last } = aCamera(new FakeWhip().will(new Response(null, { status: 403 }), created()));
    client.start();
    await settle();
    client.start();
    await settle();
    last().onstate("connected");
    expect(client.state.name).toBe("sending");
  });
});

describe("a line that drops", () => {
  it("is opened anew by another connection and another POST, and the old session deleted", async () => {
    const server = new FakeWhip().will(created("/whip/kl-huset/s1"), created("/whip/kl-huset/s2"));
    const { client, peers, last } = aCamera(server);
    client.start();
    await settle();
    last().onstate("connected");
    last().onstate("failed");
    expect(client.state).toMatchObject({ name: "waiting", reason: "lost" });
    expect(server.of("DELETE")).toMatchObject([{ url: "/whip/kl-huset/s1" }]);
    await vi.advanceTimersByTimeAsync(500);
    last().onstate("connected");
    expect(peers.map((peer) => peer.isClosed)).toEqual([true, false]);
    expect(server.of("POST").map(({ body }) => body)).toEqual(["offer 1", "offer 2"]);
    expect(client.state.name).toBe("sending");
  });

  it("gets three seconds to come back by itself", async () => {
    const { client, last } = aCamera(new FakeWhip().will(created()));
    client.start();
    await settle();
    last().onstate("connected");
    last().onstate("disconnected");
    await vi.advanceTimersByTimeAsync(2_900);
    last().onstate("connected");
    await vi.advanceTimersByTimeAsync(10_000);
    expect([client.state.name, client.attempts]).toEqual(["sending", 1]);
    last().onstate("disconnected");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(client.state.name).toBe("waiting");
  });

  it("that never connects is given up and tried again", async () => {
    const { client } = aCamera(new FakeWhip().will(created()));
    client.start();
    await settle();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(client.state).toMatchObject({ name: "waiting", reason: "lost" });
  });

  it("is tried at once when the network is back", async () => {
    const { client } = aCamera(new FakeWhip().will(new Error("no network"), created()));
    client.start();
    await settle();
    expect(client.state).toMatchObject({ name: "waiting", reason: "unreachable" });
    client.hurry();
    await settle();
    expect(client.state.name).toBe("connecting");
  });

  it("of an old connection says nothing about the new one", async () => {
    const { client, peers } = aCamera(new FakeWhip().will(created(), created()));
    client.start();
    await settle();
    peers[0]?.onstate("failed");
    await vi.advanceTimersByTimeAsync(500);
    peers[1]?.onstate("connected");
    peers[0]?.onstate("failed");
    expect(client.state.name).toBe("sending");
  });
});
