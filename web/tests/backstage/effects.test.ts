import { describe, expect, it } from "vitest";
import { effectsOf, isRefused } from "../../src/pages/backstage/effects";
import { aShow, anItem, ms, onAir } from "./shows";

const a = onAir(anItem("a", "09.00", "09.10"));
const b = anItem("b", "09.10", "09.20");
const pause = anItem("pause", "09.20", "09.30", { timing: "elastic", minimum_s: 300, kind: "break" });
const c = anItem("c", "09.30", "09.40");
const hard = anItem("hard", "09.30", "09.40", { timing: "hard" });

describe("the effect of an order", () => {
  it("tells who gives way and from where the day is on plan again", () => {
    const effects = effectsOf(aShow([a, b, pause, c]), ms("09.05"), { name: "extend", item: "a", by_ms: 180_000 });
    expect(effects.map(({ name, item }) => `${name} ${item.id}`)).toEqual(["ends a", "starts b", "starts pause", "recovered c"]);
    expect(effects[0]).toMatchObject({ at_ms: ms("09.13"), was_ms: ms("09.10") });
  });

  it("says that a break gets shorter", () => {
    const effects = effectsOf(aShow([onAir(b), pause, c]), ms("09.15"), { name: "extend", item: "b", by_ms: 180_000 });
    expect(effects.map(({ name }) => name)).toEqual(["ends", "starts", "shorter", "recovered"]);
    expect(effects[2]).toMatchObject({ item: { id: "pause" }, by_ms: 180_000 });
  });

  it("names the hard item that an extension would run into", () => {
    const effects = effectsOf(aShow([a, b, hard]), ms("09.05"), {
      name: "extend",
      item: "a",
      by_ms: 15 * 60_000,
    });
    expect(isRefused(effects)).toBe(true);
    expect(effects).toMatchObject([{ name: "hits", item: { id: "hard" }, at_ms: ms("09.30") }]);
  });

  it("lists what is left and what is passed over when an item is taken", () => {
    const effects = effectsOf(aShow([a, b, pause, c]), ms("09.05"), { name: "take", item: "c" });
    expect(effects.map(({ name, item }) => `${name} ${item.id}`)).toEqual(["leaves a", "skips b", "skips pause"]);
  });
});
