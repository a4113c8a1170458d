import { describe, expect, it } from "vitest";
import { byName, clock, left, longDate, number, shortDate, signed, span } from "../../src/words/formats";

describe("Danish formats", () => {
  it("writes a clock with a full stop in the edition's own zone", () => {
    expect(clock("2021-01-28T08:15:00Z")).toBe("09.15");
    expect(span("2021-01-28T13:30:00Z", "2021-01-28T14:00:00Z")).toBe("14.30–15.00");
  });

  it("writes dates long and short", () => {
    expect(longDate("2021-01-28T08:00:00Z", "da")).toBe("torsdag den 28. januar 2021");
    expect(shortDate("2021-01-28T23:30:00Z")).toBe("29.01.2021");
  });

  it("writes numbers with a full stop and a comma", () => {
    expect(number(1234.5, "da")).toBe("1.234,5");
  });

  it("counts down to zero and no further", () => {
    expect(left(61_000)).toBe("1.01");
    expect(left(3_723_000)).toBe("1.02.03");
    expect(left(-5_000)).toBe("0.00");
  });

  it("signs what is over and under", () => {
    expect(signed(125_000)).toBe("+2.05");
    expect(signed(-40_000)).toBe("−0.40");
    expect(signed(0)).toBe("0.00");
  });

  it("sorts æ ø å last and Aa as Å", () => {
    const names = ["Aarhus", "Ærø", "Odense", "Aalborg", "Øster", "Albertslund", "Viborg", "Århof"];
    expect([...names].sort(byName)).toEqual(["Albertslund", "Odense", "Viborg", "Ærø", "Øster", "Aalborg", "Århof", "Aarhus"]);
  });
});
