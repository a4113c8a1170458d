import { describe, expect, it } from "vitest";
import { othersOn, shownTo, type Conclusion, type Wall } from "../../src/state/board";

function one(seq: number, rest: Partial<Conclusion> = {}): Conclusion {
  const author = { id: `h-${seq}`, name: "Vært" };
  return { id: `c${seq}`, seq, at: "2021-01-28T13:30:00Z", municipality: "aalborg", author, text: "Tekst", replies: [], ...rest };
}

const { text: _, ...wordless } = one(4, { hidden: true });
const wall: Wall = { themes: ["dagtilbud", "skole"], conclusions: [one(1, { theme: "skole" }), one(2, { theme: "dagtilbud" }), one(3), wordless] };
const ids = (conclusions: Conclusion[]) => conclusions.map(({ id }) => id);

describe("what a reader sees of the board", () => {
  it("is the newest first, and a hidden one for its own municipality alone", () => {
    expect(ids(shownTo(wall, "aarhus", null))).toEqual(["c3", "c2", "c1"]);
    expect(ids(shownTo(wall, "aalborg", null))).toEqual(["c4", "c3", "c2", "c1"]);
    expect(ids(shownTo(wall, null, null))).toEqual(["c3", "c2", "c1"]);
  });

  it("of one theme is that theme and what is about all of them", () => {
    expect(ids(shownTo(wall, "aarhus", "skole"))).toEqual(["c3", "c1"]);
  });
});

describe("what is new", () => {
  it("counts what others wrote, replies too, and nothing hidden", () => {
    const reply = { id: "c1.r1", seq: 9, at: "", author: { id: "bo", name: "Bo" }, text: "Ja" };
    const answered = { ...wall, conclusions: [one(1, { replies: [reply] }), one(2), wordless] };
    expect(othersOn(answered, "h-2")).toEqual([1, 9]);
    expect(othersOn(answered, "bo")).toEqual([1, 2]);
  });
});
