import { describe, expect, it } from "vitest";
import { Step, type Place } from "../../src/player/step";

/** A recording that plays by a clock of ours. */
class Recording {
  position_s = 0;
  playbackRate = 1;
  paused = true;
  seeking = false;
  readyState = 4;
  duration = 100;
  readonly jumps: number[] = [];

  get ended(): boolean {
    return this.position_s >= this.duration;
  }

  get currentTime(): number {
    return this.position_s;
  }

  set currentTime(at_s: number) {
    this.position_s = at_s;
    this.jumps.push(at_s);
  }

  pause(): void {
    this.paused = true;
  }
}

function aStep(at: Partial<Place> = {}) {
  const place: Place = { position_s: 10, runs: true, wait_ms: 0, ...at };
  const video = new Recording();
  let now_ms = 0;
  let played = 0;
  const step = new Step(
    video,
    () => place,
    () => {
      played += 1;
      video.paused = false;
    },
    () => now_ms,
  );
  /** Time passes for the place and, unless it stalls, for the recording. */
  function pass(seconds: number, stalled = false): void {
    for (let left = Math.round(seconds * 20); left > 0; left--) {
      now_ms += 50;
      if (place.runs) place.position_s += 0.05;
      video.readyState = stalled ? 2 : 4;
      if (!stalled && !video.paused) video.position_s += 0.05 * video.playbackRate;
      step.tick();
    }
  }
  return { place, video, step, pass, played: () => played, behind: () => place.position_s - video.position_s };
}

describe("keeping step", () => {
  it("stands at the place until it runs, and says when that is", () => {
    const { video, step, place } = aStep({ runs: false, wait_ms: 40 });
    video.paused = false;
    expect(step.tick()).toBe(40);
    expect([video.paused, video.position_s]).toEqual([true, 10]);
    step.tick();
    expect(video.jumps, "it is there already").toEqual([10]);
    Object.assign(place, { runs: true, wait_ms: 0 });
    expect(step.tick()).toBeNull();
    expect(video.paused).toBe(false);
  });

  it("waits for a recording that has not been opened yet, or is being sought in", () => {
    const { video, step, played } = aStep();
    video.readyState = 0;
    step.tick();
    Object.assign(video, { readyState: 4, seeking: true });
    step.tick();
    expect([played(), video.jumps]).toEqual([0, []]);
  });

  it.each([0.9, -0.9])("walks off a small distance (%d s) without a jump", (off_s) => {
    const { video, pass, behind } = aStep();
    video.position_s = 10 - off_s;
    pass(1);
    expect(video.playbackRate).toBeCloseTo(off_s > 0 ? 1.03 : 0.97);
    pass(60);
    expect(Math.abs(behind())).toBeLessThan(0.07);
    expect([video.jumps, video.playbackRate]).toEqual([[], 1]);
  });

  it("lets be what nobody notices", () => {
    const { video, pass } = aStep();
    video.position_s = 9.95;
    pass(5);
    expect(video.playbackRate).toBe(1);
  });

  it("jumps a large distance, further ahead when jumping has taken time", () => {
    const { video, pass, behind } = aStep({ position_s: 50 });
    pass(0.05);
    expect(video.jumps).toEqual([50.15]);
    pass(1.5, true);
    pass(0.4);
    expect(video.jumps[1], "and only after it is known where the first one led").toBeUndefined();
    pass(0.5);
    expect(video.jumps).toHaveLength(2);
    expect([behind() < 0, video.paused], "too far this time: it stands until the others have come").toEqual([true, true]);
    pass(4);
    expect([Math.abs(behind()) < 0.07, video.paused]).toEqual([true, false]);
    expect(video.jumps).toHaveLength(2);
  });

  it("catches up with the others after it had to load", () => {
    const { video, pass, behind } = aStep({ position_s: 0 });
    pass(5);
    pass(4, true);
    pass(1);
    expect(video.jumps).toHaveLength(1);
    pass(30);
    expect(Math.abs(behind())).toBeLessThan(0.07);
  });

  it("shows everybody the same picture when it is paused", () => {
    const { video, place, pass } = aStep();
    pass(1);
    Object.assign(place, { runs: false, position_s: 10.8 });
    pass(0.1);
    expect([video.paused, video.position_s, video.playbackRate]).toEqual([true, 10.8, 1]);
  });

  it("stops at the end, and comes back when it is taken back", () => {
    const { video, place, pass } = aStep({ position_s: 99 });
    video.position_s = 99;
    pass(3);
    expect(video.ended).toBe(true);
    const before = video.jumps.length;
    pass(1);
    expect(video.jumps).toHaveLength(before);
    place.position_s = 40;
    pass(0.1);
    expect(video.jumps.at(-1)).toBeCloseTo(40.15);
  });

  it("plays at its own pace again when it is left", () => {
    const { video, step, pass } = aStep();
    video.position_s = 9.5;
    pass(1);
    step.end();
    expect(video.playbackRate).toBe(1);
  });
});
