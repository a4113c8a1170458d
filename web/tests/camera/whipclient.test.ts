import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WhipClient, type WhipState } from "../../src/pages/camera/whipclient";
import { cameraDa, cameraEn } from "../../src/words/camera";
import rules from "../../../streams/webrtc/whip.py?raw";
import { created, FakePeer, FakeWhip } from "./fakewhip";

/** Those of who watches, of a PATCH and of a session's end, which this page never asks for. */
const elsewhere = ["unknown_channel", "plays_no_h264", "plays_no_opus", "nothing_on_air", "not_receiving", "too_many_viewers"].concat(
  ["bad_fragment", "no_match", "no_restart", "unknown_session"],
);

/** Every refusal that a POST may meet: the table of the server's own rules, and a body that broke off. */
function refusals(): { code: string; status: number }[] {
  const table = rules.slice(rules.indexOf("STATUS"), rules.indexOf("CORS:"));
  const all = [...table.matchAll(/"(\w+)": (\d{3}),/g)].map(([, code = "", status]) => ({ code, status: Number(status) }));
  expect(elsewhere.filter((code) => !all.some((each) => each.code === code))).toEqual([]);
  return [...all.filter(({ code }) => !elsewhere.includes(code)), { code: "bad_request", status: 400 }];
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ type: "about:blank", title: code, status, code }), { status, headers });
}

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
    [422, "bad_offer"],
    [415, "unsupported_type"],
  ] as const)("of somebody between us, with %i and no code, is for a person to mend: %s", async (status, reason) => {
    const { client } = aCamera(new FakeWhip().will(new Response("<h1>No</h1>", { status })));
    client.start();
    await settle();
    expect(client.state).toEqual({ name: "failed", reason });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.attempts).toBe(1);
  });

  it.each(refusals().filter(({ status }) => status < 500))("is known by its code, $code, and has words for it", async ({ code, status }) => {
    const { client } = aCamera(new FakeWhip().will(problem(status, code)));
    client.start();
    await settle();
    expect(client.state).toEqual({ name: "failed", reason: code });
    for (const words of [cameraDa, cameraEn]) expect(words.trouble[code]?.filter((each) => each.length > 5)).toHaveLength(2);
  });

  it.each(refusals().filter(({ status }) => status === 503))("for want of room, $code, is tried again and has words for it", async ({ code, status }) => {
    const { client } = aCamera(new FakeWhip().will(problem(status, code), created()));
    client.start();
    await settle();
    expect(client.state).toMatchObject({ name: "waiting", reason: code });
    for (const words of [cameraDa, cameraEn]) expect(words.trouble[code]?.filter((each) => each.length > 5)).toHaveLength(2);
  });

  it("because the server is full is tried again when it says so", async () => {
    const full = problem(503, "too_many_sessions", { "Retry-After": "5" });
    const { client } = aCamera(new FakeWhip().will(full, created()));
    client.start();
    await settle();
    expect(client.state).toMatchObject({ name: "waiting", reason: "too_many_sessions" });
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
