import { describe, expect, it } from "vitest";
import { nextAction, previousOf } from "../../src/pages/backstage/nextaction";
import { aShow, anItem, ms, onAir } from "./shows";

const a = anItem("a", "09.00", "09.10");
const b = anItem("b", "09.10", "09.20");
const end = anItem("end", "09.20", "09.20", { kind: "end", timing: "hard" });

describe("the large button", () => {
  it("begins the day before anything has been on", () => {
    expect(nextAction(aShow([a, b, end]), ms("08.59"))).toMatchObject({ name: "begin", item: { id: "a" }, wait_ms: 60_000 });
  });

  it("takes the next item, and knows when the clock will", () => {
    expect(nextAction(aShow([onAir(a), b, end]), ms("09.08"))).toMatchObject({ name: "next", item: { id: "b" }, wait_ms: 120_000 });
  });

  it("waits for a person in manual mode and in a hold", () => {
    const show = aShow([onAir(a), b, end]);
    expect(nextAction({ ...show, mode: "manual" }, ms("09.08"))).toMatchObject({ wait_ms: null });
    expect(nextAction({ ...show, state: "held" }, ms("09.08"))).toMatchObject({ wait_ms: null });
  });

  it("says that the day ends when only the end mark is left", () => {
    expect(nextAction(aShow([{ ...a, state: "done" }, onAir(b), end]), ms("09.15"))).toMatchObject({ name: "end" });
  });

  it("does nothing when the day is over", () => {
    expect(nextAction(aShow([], { state: "ended" }), ms("10.00"))).toEqual({ name: "over" });
  });
});

describe("the way back", () => {
  it("leads to the item before the one on air, and nowhere from the first", () => {
    expect(previousOf(aShow([{ ...a, state: "done" }, onAir(b), end]))?.id).toBe("a");
    expect(previousOf(aShow([onAir(a), b, end]))).toBeNull();
  });

  it("leads into the day again when it has ended", () => {
    const done = [a, b, end].map((item) => ({ ...item, state: "done" as const }));
    expect(previousOf(aShow(done, { state: "ended" }))?.id).toBe("b");
  });
});
