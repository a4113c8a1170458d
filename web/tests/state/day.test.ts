import { describe, expect, it } from "vitest";
import { askedNow, isTalkTime } from "../../src/state/day";
import { anItem, aShow } from "./aday";

const done = { state: "done" as const };
const day = [
  anItem("talk", { ...done, questions: ["Hvad nu?"] }),
  anItem("lunch", { ...done, kind: "discussion" }),
  anItem("slot", { ...done, kind: "parallel", choose: 1 }),
  anItem("one", { ...done, kind: "recorded", parent: "slot", questions: ["Et?"] }),
  anItem("two", { ...done, kind: "recorded", parent: "slot", questions: ["To?"] }),
  anItem("pause", { kind: "discussion" }),
  anItem("later", { questions: ["Senere?"] }),
];
const asked = (now: string, chosen: string[] = []) =>
  askedNow(aShow(day, now), (slot) => (slot === "slot" ? chosen : [])).map((item) => item.id);

describe("what there is to discuss", () => {
  it("is what was shown since the last discussion, by the municipality's choice", () => {
    expect(asked("pause", ["two"])).toEqual(["two"]);
  });

  it("is all that could be chosen where nothing was", () => {
    expect(asked("pause")).toEqual(["one", "two"]);
  });

  it("is the morning's talks at lunch", () => {
    expect(asked("lunch")).toEqual(["talk"]);
  });

  it("is what is on, while it is on", () => {
    expect(asked("later")).toEqual(["later"]);
    expect(asked("slot", ["one"])).toEqual(["one"]);
  });

  it("is nothing before the day and where nobody asked anything", () => {
    expect(askedNow(aShow(day, null), () => [])).toEqual([]);
    expect(askedNow(aShow([anItem("x")], "x"), () => [])).toEqual([]);
  });
});

describe("the time to talk", () => {
  it("is a discussion, and a slot of several theme meetings", () => {
    const at = (kind: "discussion" | "parallel" | "live" | "break", choose: number | null) =>
      isTalkTime(aShow([anItem("a", { kind, choose })], "a"));
    expect(at("discussion", null)).toBe(true);
    expect(at("parallel", 3)).toBe(true);
    expect(at("parallel", 1)).toBe(false);
    expect(at("live", null)).toBe(false);
    expect(at("break", null)).toBe(false);
    expect(isTalkTime(aShow([], null))).toBe(false);
  });
});
