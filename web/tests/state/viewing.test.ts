import { describe, expect, it } from "vitest";
import { isOver, isRunning, positionOf_s, untilBegins_ms, type Viewing } from "../../src/state/viewing";

const begins_ms = Date.parse("2026-01-01T08:00:00.250Z");
const running: Viewing = { seq: 7, item: "tema-3", position_s: 12.5, begins: "2026-01-01T08:00:00.250Z", length_s: 60 };
const paused: Viewing = { seq: 7, item: "tema-3", position_s: 12.5, length_s: 60 };
const unknown: Viewing = { seq: 7, item: "oplaeg-1", position_s: 0, begins: running.begins };

describe("where everybody is", () => {
  it("is the place itself until the moment has come", () => {
    expect(positionOf_s(running, begins_ms - 1_500)).toBe(12.5);
    expect(untilBegins_ms(running, begins_ms - 1_500)).toBe(1_500);
    expect([isRunning(running, begins_ms - 1), isRunning(running, begins_ms)]).toEqual([false, true]);
  });

  it("goes on from there with wall time, to the millisecond", () => {
    expect(positionOf_s(running, begins_ms + 4_321)).toBeCloseTo(16.821, 6);
  });

  it("is the end and no further when the film has run out", () => {
    expect(positionOf_s(running, begins_ms + 3_600_000)).toBe(60);
    expect([isOver(running, begins_ms + 47_499), isOver(running, begins_ms + 47_500)]).toEqual([false, true]);
  });

  it("stays where it was paused, however long", () => {
    expect(positionOf_s(paused, begins_ms + 3_600_000)).toBe(12.5);
    expect([isOver({ ...paused, position_s: 60 }, begins_ms), isRunning(paused, begins_ms), untilBegins_ms(paused, 0)]).toEqual([false, false, 0]);
  });

  it("is never over while nobody knows how long the film is", () => {
    expect(isOver(unknown, begins_ms + 86_400_000)).toBe(false);
  });
});
