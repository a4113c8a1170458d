import { describe, expect, it } from "vitest";
import { positionAt, spansOf } from "../../src/player/spans";

const began_ms = Date.parse("2026-01-01T08:00:00Z");

function pieces(count: number, from_s: number, at_ms: number) {
  return Array.from({ length: count }, (_, index) => ({ from_s: from_s + 2 * index, length_s: 2, began_ms: at_ms + 2_000 * index + (index % 3) }));
}

/** Twenty seconds, a gap of a minute, ten seconds more. */
const cut = spansOf([...pieces(10, 0, began_ms), ...pieces(5, 20, began_ms + 80_000)]);

describe("where in a recording a moment lies", () => {
  it("joins what follows without a break, and keeps apart what a gap parts", () => {
    expect(cut).toEqual([
      { from_s: 0, length_s: 20, began_ms },
      { from_s: 20, length_s: 10, began_ms: began_ms + 80_000 },
    ]);
  });

  it("is as far from the start as the moment is, until the first gap", () => {
    expect(positionAt(cut, began_ms)).toBe(0);
    expect(positionAt(cut, began_ms + 12_500)).toBe(12.5);
  });

  it("leaves the gap out behind it", () => {
    expect(positionAt(cut, began_ms + 84_000)).toBe(24);
  });

  it("is the joint for what was said in the gap", () => {
    expect(positionAt(cut, began_ms + 20_000)).toBe(20);
    expect(positionAt(cut, began_ms + 50_000)).toBe(20);
  });

  it("is nowhere before the first picture and after the last", () => {
    expect(positionAt(cut, began_ms - 1)).toBeNull();
    expect(positionAt(cut, began_ms + 90_000)).toBeNull();
    expect(positionAt([], began_ms)).toBeNull();
  });

  it("is not known where the playlist tells no date", () => {
    expect(spansOf([{ from_s: 0, length_s: 2, began_ms: null }])).toEqual([]);
  });

  it("holds for two runs of the same item, the second a day later", () => {
    const runs = spansOf([...pieces(3, 0, began_ms), ...pieces(3, 6, began_ms + 86_400_000)]);
    expect(positionAt(runs, began_ms + 86_401_000)).toBe(7);
    expect(positionAt(runs, began_ms + 40_000_000)).toBe(6);
  });
});
