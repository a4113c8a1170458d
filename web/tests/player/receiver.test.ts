import { describe, expect, it } from "vitest";
import { progressOf, type Stats } from "../../src/player/receiver";

const ntp_ms = 2_208_988_800_000;
const video = (type: string, more: Partial<Stats> = {}): Stats => ({ type, kind: "video", timestamp: 1_000, ...more });
const sound: Stats = { type: "inbound-rtp", kind: "audio", timestamp: 1_000, packetsReceived: 9, estimatedPlayoutTimestamp: 7 };

describe("how far a picture has come", () => {
  it("is what the browser estimates, whichever year it counts from", () => {
    for (const estimatedPlayoutTimestamp of [5_000, ntp_ms + 5_000]) {
      const inbound = video("inbound-rtp", { packetsReceived: 3, estimatedPlayoutTimestamp });
      expect(progressOf([sound, inbound], 9_000)).toEqual({ packets: 3, playing_ms: 5_000 });
    }
  });

  it("is reckoned from the sender's report and the buffer where there is no sound to keep in step with", () => {
    const inbound = video("inbound-rtp", { packetsReceived: 3, jitterBufferDelay: 4, jitterBufferEmittedCount: 50 });
    for (const remoteTimestamp of [20_000, ntp_ms + 20_000]) {
      // Reported 300 ms ago; a picture is held for 80 ms.
      const report = [sound, inbound, video("remote-outbound-rtp", { timestamp: 8_700, remoteTimestamp })];
      expect(progressOf(report, 9_000)).toEqual({ packets: 3, playing_ms: 20_220 });
    }
  });

  it("is not known before a report and a picture have come", () => {
    const inbound = video("inbound-rtp", { packetsReceived: 3 });
    const report = video("remote-outbound-rtp", { remoteTimestamp: 20_000 });
    for (const stats of [[], [inbound], [inbound, report], [report]]) {
      expect(progressOf(stats, 9_000).playing_ms).toBeNull();
    }
  });
});
