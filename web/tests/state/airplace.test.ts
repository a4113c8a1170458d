import { describe, expect, it } from "vitest";
import { itemOnAirAt, placeAddress, placeOf } from "../../src/state/airplace";
import type { Item, Show } from "../../src/state/show";

const at = (clock: string) => `2021-01-28T${clock}:00Z`;
const item = (id: string, more: Partial<Item>): Item => ({ id, kind: "live", parent: null, run: 1, state: "done", on: "channel", actual_start: null, actual_end: null, ...more }) as Item;

const show = {
  items: [
    item("05", { actual_start: at("13:00"), actual_end: at("13:20") }),
    item("17", { kind: "parallel", actual_start: at("13:20"), actual_end: at("13:40") }),
    item("18", { kind: "committee_chat", parent: "17", actual_start: at("13:20"), actual_end: at("13:40") }),
    item("20", { actual_start: at("13:40"), state: "on_air" }),
  ],
} as Show;

const found = (clock: string) => itemOnAirAt(show, Date.parse(at(clock)))?.id ?? null;

describe("the place of a spoken answer", () => {
  it("is the item that was on the channel at that moment", () => {
    expect(found("13:00")).toBe("05");
    expect(found("13:19")).toBe("05");
    expect(found("13:59"), "which may still be on").toBe("20");
  });

  it("is none where nothing was on that can be seen again", () => {
    expect(found("12:59")).toBeNull();
    expect(found("13:20"), "a slate while people choose").toBeNull();
  });

  it("comes back out of the address that leads there", () => {
    const url = new URL(placeAddress("05", at("13:10")), "https://topmoede.example");
    expect(placeOf(url)).toEqual({ item: "05", at_ms: Date.parse(at("13:10")) });
  });

  it("is none in an address without one", () => {
    for (const search of ["", "?item=05", "?at=2021-01-28T13:10:00Z", "?item=05&at=nu"]) {
      expect(placeOf(new URL(`https://topmoede.example/watch${search}`))).toBeNull();
    }
  });
});
