import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { askIceServers, iceServersIn } from "../../src/realtime/iceservers";

const stun = '<stun:stun.example:3478>; rel="ice-server"';
const relay = (url: string, more = "") => `<${url}>; rel="ice-server"; username="u"; credential="c"${more}`;
const urlsIn = (header: string) => iceServersIn(header).map(({ urls }) => urls);

describe("the ICE servers of a Link header", () => {
  it("are read as RFC 9725 writes them", () => {
    const header = [
      '<stun:stun.example.net>; rel="ice-server"',
      '<turn:turn.example.net?transport=udp>; rel="ice-server"; username="user"; credential="myPassword"; credential-type="password"',
      '<turns:turn.example.net?transport=tcp>; rel="ice-server"; username="user"; credential="myPassword"; credential-type="password"',
    ].join(", ");
    const known = { username: "user", credential: "myPassword" };
    expect(iceServersIn(header)).toEqual([
      { urls: "stun:stun.example.net" },
      { urls: "turn:turn.example.net?transport=udp", ...known },
      { urls: "turns:turn.example.net?transport=tcp", ...known },
    ]);
  });

  it("may hold commas, semicolons, brackets and quotes in what is quoted", () => {
    const header = String.raw`<turn:t.example>;rel=ice-server ; UserName="1700000000:a,b;<c>" ;credential="say \"\\\" , <stun:x>"`;
    expect(iceServersIn(`${header}, ${stun}`)).toEqual([
      { urls: "turn:t.example", username: "1700000000:a,b;<c>", credential: String.raw`say "\" , <stun:x>` },
      { urls: "stun:stun.example:3478" },
    ]);
  });

  it("are those of the relation, one of several in any case, and the first value of a name", () => {
    const other = '<https://x.example/>; rel="next", <stun:no.example>; rel="x"; rel="ice-server", <stun:none.example>';
    expect(urlsIn(`${other}, <stun:yes.example>; rel="next ICE-Server"`)).toEqual(["stun:yes.example"]);
  });

  it("leave out what a browser would refuse, and keep the rest", () => {
    const header = [
      "<turn:no.password>; rel=ice-server; username=u",
      "<turn:no.name>; rel=ice-server; credential=c",
      relay("turn:token.example", '; credential-type="oauth"'),
      relay("turn:odd.example?transport=sctp"),
      relay("turn:two words"),
      relay("https://turn.example"),
      "<stun:s.example?transport=udp>; rel=ice-server",
      "<stun:>; rel=ice-server",
      relay("turns:good.example:443?transport=tcp", "; credential-type=password"),
    ].join(",");
    expect(urlsIn(header)).toEqual(["turns:good.example:443?transport=tcp"]);
  });

  it.each([
    ["nothing", null, []],
    ["an empty one", "", []],
    ["no link", "ice-server", []],
    ["garbage before a link", `a; b="c, d", ${stun}`, ["stun:stun.example:3478"]],
    ["garbage behind a link", `${stun} x=y, ${stun}`, ["stun:stun.example:3478", "stun:stun.example:3478"]],
    ["empty places", `, ,${stun},, `, ["stun:stun.example:3478"]],
    ["a link that does not end", `${stun}, <stun:x.example`, ["stun:stun.example:3478"]],
    ["a quote that does not end", `${stun}, <stun:x.example>; rel="ice-server`, ["stun:stun.example:3478"]],
  ])("come of %s", (_, header, urls) => {
    expect(iceServersIn(header).map((server) => server.urls)).toEqual(urls);
  });

  it("are eight at most, of a header that is not endless", () => {
    expect(urlsIn(Array.from({ length: 30 }, () => stun).join(","))).toHaveLength(8);
    expect(urlsIn(`${stun}, ${"x".repeat(10_000)}`)).toEqual([]);
    for (const hostile of ["<", ",", '"', "\\", "<>;", '<>;a="', ";", "<stun:x>; ", " "]) {
      expect(iceServersIn(hostile.repeat(8_192 / hostile.length))).toEqual([]);
    }
  });
});

describe("asking for them", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("shows the proof, and goes without where it is refused or nobody answers", async () => {
    const asked: [string, RequestInit][] = [];
    const answering = (status: number) => (url: string, init: RequestInit) => {
      asked.push([url, init]);
      return Promise.resolve(new Response(null, { status, headers: { Link: stun } }));
    };
    expect(await askIceServers(answering(204), "/whip/hall", { Authorization: "Bearer k" })).toEqual([{ urls: "stun:stun.example:3478" }]);
    expect(asked).toMatchObject([["/whip/hall", { method: "OPTIONS", headers: { Authorization: "Bearer k" } }]]);
    expect(await askIceServers(answering(401), "/whip/hall")).toEqual([]);
    expect(await askIceServers(() => Promise.reject(new TypeError("no network")), "/whip/hall")).toEqual([]);
  });

  it("waits a moment and no longer", async () => {
    const silent = (_: string, init: RequestInit) =>
      new Promise<Response>((_resolve, reject) => init.signal?.addEventListener("abort", () => reject(new DOMException("late", "AbortError"))));
    const servers = askIceServers(silent, "/whip/hall");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await servers).toEqual([]);
  });
});
