import { describe, expect, it } from "vitest";
import { ulid } from "../../src/realtime/ids";

describe("an id", () => {
  it("sorts by the time it was made", () => {
    const ids = [1_000, 2_000, 1_700_000_000_000, 1_700_000_000_001].map((ms) => ulid(ms));
    expect([...ids].sort()).toEqual(ids);
  });

  it("has 26 characters and is not made twice", () => {
    const ids = Array.from({ length: 500 }, () => ulid(1));
    expect(new Set(ids).size).toBe(500);
    expect(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
  });
});
