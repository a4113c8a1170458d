import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RoomSearch, type Hit } from "../../src/pages/watch/room/roomsearch.svelte";

function hit(seq: number): Hit {
  return { id: `m${seq}`, seq, at: "2021-01-28T08:15:00Z", author: { id: "anna", name: "Anna" }, text: `Skole ${seq}` };
}

/** A server whose answers are given by hand, in whatever order. */
class Server {
  asked: { url: string; signal: AbortSignal; answer: (response: Response) => void }[] = [];

  readonly fetch = (url: string, init: RequestInit): Promise<Response> =>
    new Promise((answer) => this.asked.push({ url, signal: init.signal as AbortSignal, answer }));

  answer(index: number, items: Hit[], more = false): void {
    this.asked[index]?.answer(Response.json({ items, more }));
  }
}

describe("searching a room", () => {
  let server: Server;
  let search: RoomSearch;

  beforeEach(() => {
    vi.useFakeTimers();
    server = new Server();
    search = new RoomSearch("aalborg", server.fetch);
  });
  afterEach(() => vi.useRealTimers());

  it("asks once when somebody has stopped typing", async () => {
    for (const text of ["sk", "sko", "skole å"]) search.typed(text);
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked.map(({ url }) => url)).toEqual(["/api/rooms/aalborg/search?q=skole+%C3%A5"]);
    server.answer(0, [hit(3)]);
    await vi.advanceTimersByTimeAsync(0);
    expect([search.state, search.hits.map(({ id }) => id)]).toEqual(["found", ["m3"]]);
  });

  it("says that one letter is too little, and asks nothing", async () => {
    await search.ask(" a ");
    expect(search.state).toBe("short");
    await search.ask(" ");
    expect(search.state).toBe("idle");
    expect(server.asked).toEqual([]);
  });

  it("shows what was asked last, however late an older answer comes", async () => {
    void search.ask("skole");
    void search.ask("budget");
    expect(server.asked[0]?.signal.aborted).toBe(true);
    server.answer(1, [hit(9)]);
    server.answer(0, [hit(1)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(search.hits.map(({ id }) => id)).toEqual(["m9"]);
  });

  it("goes on from the oldest that was found", async () => {
    void search.ask("skole");
    server.answer(0, [hit(9), hit(5)], true);
    await vi.advanceTimersByTimeAsync(0);
    void search.older();
    expect(server.asked[1]?.url).toContain("before=5");
    server.answer(1, [hit(2)]);
    await vi.advanceTimersByTimeAsync(0);
    expect([search.hits.map(({ seq }) => seq), search.more]).toEqual([[9, 5, 2], false]);
  });

  it("says so when the server could not answer", async () => {
    void search.ask("skole");
    server.asked[0]?.answer(new Response("", { status: 503 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(search.state).toBe("failed");
  });
});
