import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Live } from "../../src/live/live.svelte";
import { Rooms } from "../../src/pages/watch/rooms.svelte";

const school = { room: "aalborg.skole", title: "Skolen", guest: false };

function here(): { rooms: Rooms; left: string[] } {
  const left: string[] = [];
  const live = { me: { id: "lis", municipality: "aalborg" }, topic: () => ({ state: null }), leave: (topic: string) => left.push(topic) };
  return { rooms: new Rooms(live as unknown as Live), left };
}

describe("the rooms a person is in", () => {
  beforeEach(() => vi.stubGlobal("localStorage", { getItem: () => null }));
  afterEach(() => vi.unstubAllGlobals());

  it("tell of one they were shown out of, and leave its topics", () => {
    const { rooms, left } = here();
    rooms.follow([school]);
    rooms.follow([]);
    expect(rooms.gone?.title).toBe("Skolen");
    expect(left).toContain("room:aalborg.skole");
    expect(rooms.tabs.map((tab) => tab.room)).toEqual(["aalborg"]);
  });

  it("say nothing more of it once they are named again", () => {
    const { rooms } = here();
    rooms.follow([school]);
    rooms.follow([]);
    rooms.follow([school]);
    expect(rooms.gone).toBeNull();
  });

  it("tell of nothing where a room has another name now", () => {
    const { rooms } = here();
    rooms.follow([school]);
    rooms.follow([{ ...school, title: "Skole og fritid" }]);
    expect(rooms.gone).toBeNull();
    expect(rooms.tabs.at(-1)?.entered.title).toBe("Skole og fritid");
  });
});
