import { describe, expect, it } from "vitest";
import { happeningOf } from "../../src/pages/backstage/happenings";
import type { EventFrame } from "../../src/realtime/frames";
import { aShow, anItem, ms, onAir } from "./shows";

const slot = onAir(anItem("slot", "09.00", "09.10", { short_title: "Temamøder" }));
const talk = anItem("talk", "09.00", "09.10", { parent: "slot", kind: "recorded" });
const window = anItem("window", "09.00", "09.10", { parent: "slot", timing: "hard", kind: "committee_chat" });
const show = aShow([slot, talk, window]);

function told(name: string, item: string | null, cause?: string): ReturnType<typeof happeningOf> {
  const data = item === null ? {} : { item };
  const event: EventFrame = { op: "event", topic: "show", seq: 4, name, at: "", data, ...(cause ? { cause } : {}) };
  return happeningOf(event, show, ms("09.00"));
}

describe("what has happened", () => {
  it("says whether the clock or a person did it", () => {
    expect(told("item_started", "slot", "auto:slot:1")).toMatchObject({ title: "Temamøder", by: "clock" });
    expect(told("item_started", "slot", "01J")).toMatchObject({ by: "person" });
  });

  it("leaves out what only follows from something else", () => {
    expect([told("item_ended", "slot"), told("times_reckoned", null), told("item_started", "talk")]).toEqual([null, null, null]);
  });

  it("tells of a window that keeps to the clock, and of what has no item", () => {
    expect(told("item_started", "window")).not.toBeNull();
    expect(told("show_held", null)).toMatchObject({ name: "show_held", title: "" });
  });
});
