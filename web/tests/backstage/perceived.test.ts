import { describe, expect, it } from "vitest";
import { Perceived } from "../../src/pages/backstage/perceived";

describe("what a person believes is on air", () => {
  it("is what the board showed first, at once", () => {
    const perceived = new Perceived();
    perceived.receive("a", 1_000);
    expect(perceived.at(1_000)).toBe("a");
  });

  it("is still the item before, for as long as a change takes to be seen", () => {
    const perceived = new Perceived();
    perceived.receive("a", 0);
    perceived.receive("b", 10_000);
    expect(perceived.at(10_300)).toBe("a");
    expect(perceived.at(10_700)).toBe("b");
  });

  it("does not count the same item told again as a change", () => {
    const perceived = new Perceived();
    perceived.receive("a", 0);
    perceived.receive("b", 10_000);
    perceived.receive("b", 10_900);
    expect(perceived.at(11_000)).toBe("b");
  });
});
