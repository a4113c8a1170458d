import { describe, expect, it } from "vitest";
import { floating, sumsOf } from "../../src/pages/watch/hall/cheers";

describe("cheers over the picture", () => {
  it("are each one sign while they are few", () => {
    expect(floating({ applause: 2, heart: 1 })).toEqual(["applause", "applause", "heart"]);
  });

  it("stay a handful however many there are, and no kind is lost", () => {
    const signs = floating({ applause: 5_000, heart: 3, thumb: 1 });
    expect(signs.length).toBeLessThanOrEqual(11);
    expect(new Set(signs)).toEqual(new Set(["applause", "heart", "thumb"]));
  });

  it("are none when nobody cheers", () => {
    expect(floating(sumsOf({ sums: {} }))).toEqual([]);
    expect(sumsOf(null)).toEqual({});
  });

  it("of a kind this page does not know are left out", () => {
    expect(sumsOf({ sums: { applause: 3, wave: 4, heart: "many" } })).toEqual({ applause: 3 });
  });
});
