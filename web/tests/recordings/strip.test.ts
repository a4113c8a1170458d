import { describe, expect, test } from "vitest";
import { cutOfDraft, draftOf, dragged, placesOf, stepped, type StripTold } from "../../src/pages/recordings/strip";

/** Three segments of two parts, two seconds each; the event clock jumps before the third, whose second part stands alone too. */
const strip: StripTold = {
  item: "07",
  duration_s: 6,
  gaps: [],
  parts: {
    at_s: [0, 1, 2, 3, 4, 5],
    ticks: [90_000, 180_000, 270_000, 360_000, 900_000, 990_000],
    ends: [180_000, 270_000, 360_000, 450_000, 990_000, 1_080_000],
    kinds: [3, 0, 3, 0, 3, 1],
  },
  peaks: null,
  peaks_a_second: 10,
};
const places = placesOf(strip);
const whole = draftOf(places, { start_ticks: null, end_ticks: null });

describe("the strip", () => {
  test("a cut begins at pictures that stand alone and ends with any part", () => {
    expect(places.starts.map(({ at_s }) => at_s)).toEqual([0, 2, 4, 5]);
    expect(places.ends.map(({ at_s }) => at_s)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(places.starts.map(({ segment }) => segment)).toEqual([true, true, true, false]);
    expect(places.ends.map(({ segment }) => segment)).toEqual([false, true, false, true, false, true]);
  });

  test("nothing is asked for where nothing was moved", () => {
    expect(cutOfDraft(places, whole)).toEqual({ start_ticks: null, end_ticks: null });
  });

  test("what is saved comes back as it was drawn", () => {
    const draft = stepped(places, stepped(places, whole, "start", 1, false), "end", -1, false);
    const cut = cutOfDraft(places, draft);
    expect(cut).toEqual({ start_ticks: 270_000, end_ticks: 990_000 });
    expect(draftOf(places, cut)).toEqual(draft);
  });

  test("an arrow moves by a part, with shift by a segment", () => {
    expect(stepped(places, whole, "end", -1, false).end).toBe(4);
    expect(stepped(places, whole, "end", -1, true).end).toBe(3);
    expect(stepped(places, { start: 3, end: 5 }, "start", -1, true).start).toBe(2);
    expect(stepped(places, whole, "start", -1, false)).toEqual(whole);
  });

  test("a handle goes to the nearest place and never past the other", () => {
    expect(dragged(places, whole, "start", 2.8).start).toBe(1);
    expect(dragged(places, { start: 0, end: 1 }, "start", 4.9)).toEqual({ start: 0, end: 1 });
    expect(dragged(places, { start: 2, end: 5 }, "end", 0.3)).toEqual({ start: 2, end: 5 });
  });
});
