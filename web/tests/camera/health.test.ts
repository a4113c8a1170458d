import { describe, expect, it } from "vitest";
import { countersOf, hasSlept, healthOf, reportsWith, verdictOf, type Health, type Report } from "../../src/pages/camera/health";

function aReport(bytes: number, frames: number, rest: Record<string, unknown> = {}): Record<string, unknown>[] {
  return [
    { type: "outbound-rtp", kind: "video", bytesSent: bytes, framesSent: frames, frameWidth: 1280, frameHeight: 720, ...rest },
    { type: "outbound-rtp", kind: "audio", bytesSent: 1_000 },
    { type: "remote-inbound-rtp", kind: "video", fractionLost: 0.01, roundTripTime: 0.02, timestamp: 2_500 },
    { type: "candidate-pair" },
  ];
}

const well: Health = { bitrate_bps: 2e6, fps: 30, width: 1280, height: 720, lost_share: 0, round_trip_ms: 20, silent_ms: 800, limited_by: "none" };

describe("health", () => {
  it("is the difference of two readings, over the time between them", () => {
    const before = countersOf(aReport(100_000, 10), 1_000);
    const after = countersOf(aReport(600_000, 60), 3_000);
    expect(healthOf(before, after, reportsWith([], after))).toEqual({
      bitrate_bps: 2_000_000,
      fps: 25,
      width: 1280,
      height: 720,
      lost_share: 0.01,
      round_trip_ms: 20,
      silent_ms: 500,
      limited_by: "none",
    });
  });

  it("has no loss before the server has reported any", () => {
    const nothing = countersOf([{ type: "outbound-rtp", kind: "video", bytesSent: 5 }], 0);
    expect(nothing.lost_share).toBeNull();
    expect(healthOf(nothing, nothing, reportsWith([], nothing)).lost_share).toBeNull();
  });

  it("is the loss of some seconds, since one report may tell of five packets of which none was lost", () => {
    let reports: readonly Report[] = [];
    const shares = [0.5, 0.2, 0.4, 0, 0.2, 0, 0];
    const readings = shares.map((fractionLost, second) => countersOf([{ type: "remote-inbound-rtp", kind: "video", fractionLost, timestamp: second * 1_000 }], second * 1_000));
    for (const reading of readings) reports = reportsWith(reportsWith(reports, reading), reading);
    const [before, newest] = [readings[5], readings[6]];
    if (!before || !newest) throw new Error("expected seven readings");
    const health = healthOf(before, newest, reports);
    expect(health.lost_share).toBeCloseTo((0.2 + 0.4 + 0.2) / 6);
    expect(verdictOf({ ...health, bitrate_bps: 1e6, fps: 25 }, 20_000, true)).toBe("lossy");
  });
});

describe("sleep", () => {
  const slept = (from_ms: number, until_ms: number, frames: number): boolean => hasSlept(countersOf(aReport(0, 0), from_ms), countersOf(aReport(0, frames), until_ms), well);

  it("is what a computer did that neither looked nor sent for longer than the server waits", () => {
    expect(slept(1_000, 8_600, 8)).toBe(true);
    expect(slept(1_000, 4_900, 14)).toBe(true);
  });

  it("is not what a page does whose clock is slowed down behind another, while its picture is sent", () => {
    expect(slept(1_000, 61_000, 1_700)).toBe(false);
    expect(slept(1_000, 2_100, 0)).toBe(false);
  });
});

describe("the verdict", () => {
  it("says that the picture arrives only when the server has said so", () => {
    expect(verdictOf(well, 10_000, true)).toBe("arrives");
    expect(verdictOf({ ...well, lost_share: null }, 2_000, true)).toBe("starting");
    expect(verdictOf({ ...well, lost_share: null }, 10_000, true)).toBe("stuck");
    expect(verdictOf(null, 0, true)).toBe("starting");
  });

  it("does not go on believing a server that has fallen silent", () => {
    expect(verdictOf({ ...well, silent_ms: 6_000 }, 20_000, true)).toBe("stuck");
  });

  it("says what is in the way", () => {
    expect(verdictOf({ ...well, lost_share: 0.08 }, 10_000, true)).toBe("lossy");
    expect(verdictOf({ ...well, fps: 6 }, 10_000, true)).toBe("slow");
    expect(verdictOf({ ...well, fps: 6, limited_by: "cpu" }, 10_000, true)).toBe("busy");
    expect(verdictOf({ ...well, limited_by: "bandwidth" }, 20_000, true)).toBe("narrow");
    expect(verdictOf({ ...well, bitrate_bps: 0 }, 10_000, true)).toBe("stuck");
  });

  it("does not ask a still screen for frames", () => {
    expect(verdictOf({ ...well, fps: 2 }, 10_000, false)).toBe("arrives");
  });
});
