import { beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryStore } from "../realtime/memorystore";

vi.stubGlobal("localStorage", new MemoryStore());
const { lost_after_ms, nobody, PlanB } = await import("../../src/shell/planb.svelte");

describe("plan B", () => {
  beforeEach(() => void vi.useFakeTimers());

  it("knows the address of the last visit when the server does not even answer", () => {
    const store = new MemoryStore();
    new PlanB(store).receive({ ...nobody, backup: "https://backup.kl.dk" });
    expect(new PlanB(store).address).toBe("https://backup.kl.dk");
  });

  it("holds what was announced before what was set, and goes back to it", () => {
    const planB = new PlanB(new MemoryStore());
    planB.receive({ ...nobody, backup: "https://a.dk" });
    planB.announce("https://b.dk");
    expect([planB.announced, planB.address]).toEqual(["https://b.dk", "https://b.dk"]);
    planB.announce(null);
    expect([planB.announced, planB.address]).toEqual([null, "https://a.dk"]);
  });

  it("is lost after half a minute without the server, however often it tried, and found at once", () => {
    const planB = new PlanB(new MemoryStore());
    planB.missed();
    vi.advanceTimersByTime(lost_after_ms - 1);
    planB.missed();
    expect(planB.lost).toBe(false);
    vi.advanceTimersByTime(1);
    expect(planB.lost).toBe(true);
    planB.reached();
    expect(planB.lost).toBe(false);
  });

  it("makes no link of anything but https", () => {
    const planB = new PlanB(new MemoryStore());
    planB.announce("javascript:alert(1)");
    expect(planB.address).toBeNull();
  });
});
