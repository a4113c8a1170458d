import { describe, expect, it } from "vitest";
import { ShowClock } from "../../src/realtime/showclock";

describe("the show's clock", () => {
  it("runs at the show's speed from the moment of the welcome, whatever the machine's clock says", () => {
    let local = 50_000;
    const clock = new ShowClock(() => local);
    clock.receiveNow({ wall: "2026-01-01T08:00:00Z", show: "2021-01-28T08:15:00Z", speed: 60 });
    local += 2_000;
    expect(new Date(clock.show_ms()).toISOString()).toBe("2021-01-28T08:17:00.000Z");
    expect(new Date(clock.wall_ms()).toISOString()).toBe("2026-01-01T08:00:02.000Z");
  });

  it("reads an old pair as the same map, not as the present", () => {
    let local = 0;
    const clock = new ShowClock(() => local);
    clock.receiveNow({ wall: "2026-01-01T08:10:00Z", show: "2021-01-28T08:25:00Z", speed: 1 });
    clock.receiveMap({ wall: "2026-01-01T08:00:00Z", show: "2021-01-28T08:15:00Z", speed: 1 });
    local += 1_000;
    expect(new Date(clock.show_ms()).toISOString()).toBe("2021-01-28T08:25:01.000Z");
  });

  it("takes the least late of what it hears, for a page that loads hears the welcome late", () => {
    let local = 1_000;
    const clock = new ShowClock(() => local);
    clock.receiveNow({ wall: "2026-01-01T08:00:00Z", show: "2021-01-28T08:15:00Z", speed: 1 });
    local += 1_000;
    clock.receiveEvent("2026-01-01T07:59:00Z");
    expect(new Date(clock.wall_ms()).toISOString(), "an old event says nothing").toBe("2026-01-01T08:00:01.000Z");
    clock.receiveEvent("2026-01-01T08:00:01.400Z");
    expect(new Date(clock.wall_ms()).toISOString()).toBe("2026-01-01T08:00:01.400Z");
    clock.receiveNow({ wall: "2026-01-01T08:00:01Z", show: "2021-01-28T08:15:01Z", speed: 1 });
    expect(new Date(clock.wall_ms()).toISOString(), "a welcome begins anew").toBe("2026-01-01T08:00:01.000Z");
  });
});
