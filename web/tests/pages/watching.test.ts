import { describe, expect, it } from "vitest";
import { main, pickOf, watching } from "../../src/pages/watch/watching";
import { aShow, anItem } from "../state/aday";

const talk = anItem("oplaeg-1", { parent: "14", kind: "recorded", state: "on_air", run: 1 });
const theme = anItem("tema-1", { parent: "17", kind: "recorded", on: "on_demand", state: "on_air", run: 1 });
const talks = aShow([anItem("14", { kind: "parallel", state: "on_air", run: 1 }), talk], "14");
const themes = aShow([anItem("17", { kind: "parallel", state: "on_air", run: 1 }), theme], "17");

describe("what the page plays", () => {
  it("is the main channel until something is picked, and before the day is known", () => {
    expect(watching(null, null)).toEqual({ programme: main, item: null, isMain: true });
    expect(watching(talks, null).programme).toEqual(main);
  });

  it("is a talk's own channel while the talk is on", () => {
    expect(watching(talks, pickOf(talks, talk)).programme).toEqual({ url: "/hls/oplaeg-1/index.m3u8", live: true });
  });

  it("is a theme meeting on demand while its slot is open", () => {
    expect(watching(themes, pickOf(themes, theme)).programme).toEqual({ url: "/replay/tema-1/index.m3u8", live: false });
  });

  it("turns back to the main channel by itself when the slot has passed", () => {
    const pick = pickOf(themes, theme);
    const after = aShow([anItem("17", { state: "done", run: 1 }), { ...theme, state: "done" }, anItem("19", { state: "on_air", run: 1 })], "19");
    expect(watching(after, pick).isMain).toBe(true);
  });

  it("cannot be something that is still locked", () => {
    const locked = anItem("tema-1", { parent: "17", kind: "recorded", on: "on_demand" });
    const before = aShow([anItem("16", { state: "on_air", run: 1 }), locked], "16");
    expect(pickOf(before, locked)).toBeNull();
  });

  it("stays a recording that was picked outside a slot, whatever comes on", () => {
    const past = anItem("05", { state: "done", run: 1 });
    const now = aShow([past, anItem("06", { state: "on_air", run: 1 })], "06");
    const pick = pickOf(now, past);
    const later = aShow([past, anItem("06", { state: "done" }), anItem("07", { state: "on_air", run: 1 })], "07");
    expect(watching(later, pick).programme).toEqual({ url: "/replay/05/index.m3u8", live: false });
  });

  it("starts the present item over as a recording, and comes back with the next cue", () => {
    const pick = { item: "14", slot: "14", over: true };
    expect(watching(talks, pick).programme.url).toBe("/replay/14/index.m3u8");
    expect(watching(aShow(talks.items, "15"), pick).isMain).toBe(true);
  });
});
