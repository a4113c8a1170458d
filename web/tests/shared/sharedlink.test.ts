import { afterEach, expect, test, vi } from "vitest";
import { enter, inOrder, look, nextOpening_ms, whyOver, type SharedItem, type SharedLink } from "../../src/pages/shared/sharedlink";

const link = (fields: Partial<SharedLink> = {}): SharedLink =>
  ({ title: "T", items: [], now: "2021-01-28T10:00:00Z", until: "2021-07-31T22:00:00Z", pass: "del.x", ...fields }) as SharedLink;
const item = (id: string, state: "open" | "locked", opens_at?: string): SharedItem => ({ item: id, state, opens_at }) as SharedItem;

function answering(status: number, body: object = {}, headers: Record<string, string> = {}): void {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status, headers })));
}

afterEach(() => vi.unstubAllGlobals());

test("what can be seen stands first, each part in the programme's order", () =>
  expect(inOrder([item("a", "locked"), item("b", "open"), item("c", "locked"), item("d", "open")]).map((one) => one.item)).toEqual(["b", "d", "a", "c"]));

test("a link that is over had its time, or was closed before it", () => {
  const short = link({ until: "2021-01-28T10:01:00Z" });
  expect(whyOver(short, 59_000)).toBe("closed");
  expect(whyOver(short, 60_000)).toBe("ended");
});

test("the next opening is the nearest one that is still to come", () => {
  const items = [item("a", "locked", "2021-01-28T10:05:00Z"), item("b", "locked", "2021-01-28T10:01:00Z"), item("c", "open", "2021-01-28T09:00:00Z")];
  expect(nextOpening_ms(link({ items }))).toBe(60_000);
  expect(nextOpening_ms(link())).toBeNull();
});

test.each([
  [404, "gone"],
  [401, "gone"],
  [400, "gone"],
  [500, "unreachable"],
  [503, "unreachable"],
  [429, "unreachable"],
])("%d means that it is %s", async (status, name) => {
  answering(status);
  expect((await look("t", null)).name).toBe(name);
});

test("a link with a code tells only that it wants it", async () => {
  answering(200, { title: "T", needs_code: true });
  expect((await look("t", null)).name).toBe("needs_code");
});

test("a wrong code is told from a link that is over, and too many from both", async () => {
  answering(403);
  expect(await enter("t", "x")).toEqual({ name: "wrong_code" });
  answering(429, {}, { "retry-after": "6" });
  expect(await enter("t", "x")).toEqual({ name: "too_fast", wait_s: 6 });
  answering(404);
  expect(await enter("t", "x")).toEqual({ name: "gone" });
});

test("no line is not the end of a link", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no line")));
  expect((await look("t", "del.x")).name).toBe("unreachable");
});
