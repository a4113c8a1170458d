import { describe, expect, it } from "vitest";
import { largestFitting } from "../../src/pages/screen/fitted";

const largest = (limit: number, least_px = 24, most_px = 270) => largestFitting({ least_px, most_px }, (size_px) => size_px <= limit);

describe("the largest size that fits", () => {
  it.each([24, 25, 100, 269, 270])("is found to the pixel: %i", (limit) => expect(largest(limit)).toBe(limit));

  it("is the least when none does, and the most when all do", () => {
    expect(largest(3)).toBe(24);
    expect(largest(1000)).toBe(270);
    expect(largest(50, 40, 40)).toBe(40);
  });

  it("asks a few times, whatever the bounds", () => {
    let asked = 0;
    largestFitting({ least_px: 1, most_px: 1000 }, () => (asked += 1) > 0);
    expect(asked).toBeLessThanOrEqual(11);
  });
});
