import { describe, expect, it } from "vitest";
import { offset_ms } from "../../src/pages/backstage/offset";
import { signed } from "../../src/words/formats";
import { aShow, anItem, at, ms, onAir } from "./shows";

const a = onAir(anItem("a", "09.00", "09.10"));
const b = anItem("b", "09.10", "09.20");

describe("over and under", () => {
  it("is nothing while the item on air will end as planned", () => {
    expect(offset_ms(aShow([a, b]), ms("09.05"))).toBe(0);
  });

  it("is plus when the item on air will end late, minus when early", () => {
    expect(signed(offset_ms(aShow([{ ...a, expected_end: at("09.12.05") }, b]), ms("09.05")))).toBe("+2.05");
    expect(signed(offset_ms(aShow([{ ...a, expected_end: at("09.09.20") }, b]), ms("09.05")))).toBe("−0.40");
  });

  it("grows by itself while a person drives and the item is over its time", () => {
    const show = aShow([a, b], { mode: "manual" });
    expect(offset_ms(show, ms("09.10.30"))).toBe(30_000);
    expect(offset_ms({ ...show, mode: "automatic", state: "held" }, ms("09.11"))).toBe(60_000);
  });

  it("counts how late the first item is before the day has begun", () => {
    const show = aShow([anItem("a", "09.00", "09.10"), b]);
    expect(offset_ms(show, ms("08.50"))).toBe(0);
    expect(offset_ms({ ...show, mode: "manual" }, ms("09.01"))).toBe(60_000);
  });

  it("stays what it was when the day has ended", () => {
    const over = { ...anItem("a", "09.00", "09.10"), state: "done" as const, actual_end: at("09.13") };
    expect(offset_ms(aShow([over], { state: "ended" }), ms("11.00"))).toBe(180_000);
  });
});
