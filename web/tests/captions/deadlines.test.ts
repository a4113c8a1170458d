import { describe, expect, it } from "vitest";
import { rowsOf, type Told } from "../../src/pages/captions/deadlines";
import type { Show } from "../../src/state/show";

const item = (id: string, kind = "live") => ({ id, kind, title: id });
const show = { items: [item("a"), item("b"), item("c"), item("d"), item("e", "recorded"), item("f"), item("g"), item("h", "discussion")] } as unknown as Show;
const told: Told[] = [
  { item: "a", captions: ["da"], waived: false },
  { item: "b", captions: [], waived: true },
  { item: "c", captions: [], waived: false },
  { item: "d", captions: [], waived: false, warns_at: "2021-02-07T10:00:00Z", closes_at: "2021-02-11T10:00:00Z" },
  { item: "e", captions: [], waived: false, missing: "captions" },
  { item: "f", captions: [], waived: false, missing: "captions_overdue", warns_at: "2021-02-07T09:00:00Z", closes_at: "2021-02-11T09:00:00Z" },
  { item: "h", captions: [], waived: false },
  { item: "unknown", captions: [], waived: false },
];
const waivers = { waivers: { b: { by: "Lis", reason: "Musik", at: "2021-01-28T10:00:00Z" } }, warned: {} };
const at = (moment: string) => rowsOf(show, told, waivers, Date.parse(moment)).map(({ item: { id }, status }) => `${id} ${status}`);

describe("deadlines", () => {
  it("stand with the most urgent first, and what is no longer in the programme not at all", () => {
    expect(at("2021-02-01T10:00:00Z")).toEqual(["f closed", "e shut", "d due", "c coming", "b waived", "a captioned"]);
    expect(at("2021-02-07T10:00:00Z")).toEqual(["f closed", "d warned", "e shut", "c coming", "b waived", "a captioned"]);
    expect(rowsOf(show, told, waivers, 0).find(({ status }) => status === "waived")?.waiver?.reason).toBe("Musik");
  });
});
