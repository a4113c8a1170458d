import { describe, expect, it } from "vitest";
import { rowsOf, sumOf, type Told } from "../../src/pages/captions/deadlines";
import { captionsDa, captionsEn } from "../../src/words/captions";
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

  it("come to what is owed now and what is still to be shown, which are told apart", () => {
    const sum = (of: Told[]) => sumOf(rowsOf(show, of, waivers, Date.parse("2021-02-01T10:00:00Z")));
    expect(sum(told)).toEqual({ owed: 3, coming: 1, all: 6 });
    expect(sum(told.slice(0, 2))).toEqual({ owed: 0, coming: 0, all: 2 });
    expect(sum(told.slice(2, 3))).toEqual({ owed: 0, coming: 1, all: 1 });
  });

  it("leave out of the sum what was passed over: it will not come", () => {
    const passed = { ...show, items: show.items.map((one) => ({ ...one, state: one.id === "c" ? "skipped" : "done", run: one.id === "c" ? 0 : 1 })) } as Show;
    const rows = rowsOf(passed, told, waivers, Date.parse("2021-02-01T10:00:00Z"));
    expect(rows.at(-1)?.status).toBe("skipped");
    expect(sumOf(rows)).toEqual({ owed: 3, coming: 0, all: 5 });
  });

  it.each([captionsDa, captionsEn])("are never called met while items are still to come", ({ sum }) => {
    const met = sum({ owed: 0, coming: 0, all: 4 });
    for (const coming of [1, 3, 4]) expect(sum({ owed: 0, coming, all: 4 })).not.toContain(met);
    expect(sum({ owed: 0, coming: 4, all: 4 })).not.toBe(sum({ owed: 0, coming: 4, all: 5 }));
    expect(sum({ owed: 2, coming: 3, all: 5 })).toMatch(/2 .*3 /);
    expect(sum({ owed: 2, coming: 0, all: 5 })).not.toContain("0");
  });
});
