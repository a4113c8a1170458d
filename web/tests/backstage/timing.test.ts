import { describe, expect, it } from "vitest";
import { hoursOf } from "../../src/pages/backstage/hours";
import { lengthWords } from "../../src/pages/backstage/effectwords";
import { askedOf, isPossible, orderOf } from "../../src/pages/backstage/timing";
import { backstageDa } from "../../src/words/backstage";
import { aShow, anItem, at, ms, onAir } from "./shows";

const a = onAir(anItem("a", "09.00", "09.10"));

describe("a change of time", () => {
  it("is an extension when later, a trim when earlier, a move at the start", () => {
    const orders = [askedOf(a, "end", 120_000), askedOf(a, "end", -60_000), askedOf(a, "start", 60_000)].map((one) => one && orderOf(one));
    expect(orders).toEqual([
      { name: "extend", data: { item: "a", minutes: 2 } },
      { name: "trim", data: { item: "a", end: "2021-01-28T09:09:00.000Z" } },
      { name: "move", data: { item: "a", start: "2021-01-28T09:01:00.000Z" } },
    ]);
    expect(askedOf(a, "end", 0)).toBeNull();
  });

  it("cannot end an item before now, nor start one in the past", () => {
    const trim = { name: "trim", item: "a", end_ms: ms("09.04") } as const;
    expect([isPossible(a, trim, ms("09.03")), isPossible(a, trim, ms("09.05"))]).toEqual([true, false]);
    expect(isPossible(a, { name: "move", item: "a", start_ms: ms("09.00") }, ms("09.05"))).toBe(false);
  });
});

describe("hours", () => {
  it("have seconds only where the programme has", () => {
    expect(hoursOf(aShow([a]))(at("09.10.30"))).toMatch(/^\d\d\.10$/);
    expect(hoursOf(aShow([anItem("b", "09.00.30", "09.01")]))(at("09.10.30"))).toMatch(/^\d\d\.10\.30$/);
  });

  it("of a change are said in the unit that tells the truth", () => {
    const say = (ms: number): string => lengthWords(backstageDa.effects, ms);
    expect([say(60_000), say(-300_000), say(30_000), say(90_000)]).toEqual(["1 minut", "5 minutter", "30 sekunder", "90 sekunder"]);
  });
});
