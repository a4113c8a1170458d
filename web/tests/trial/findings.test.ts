import { describe, expect, it } from "vitest";
import {
  browserFinding,
  cameraFinding,
  lineFinding,
  megabits,
  microphoneFinding,
  pictureFinding,
  routeFinding,
  sendingFinding,
  serverFinding,
  soundFinding,
  speedFinding,
  worst,
  type Screening,
} from "../../src/pages/trial/findings";
import { routeOf } from "../../src/pages/trial/camera.svelte";
import { trialDa, trialEn } from "../../src/words/trial";

const well: Screening = { played_s: 8, started_after_s: 0.4, stalls: 0, blocked: false, nothing: null };
const modern = { mse: true, managed: false, native: false, h264: true, aac: true };
const held = { events: 5, spread_ms: 3 };
const flowing = { events: 5, spread_ms: 800 };

describe("what was found", () => {
  it("judges the picture by what was seen", () => {
    expect(pictureFinding(well)).toMatchObject({ verdict: "good", code: "picture" });
    expect(pictureFinding({ ...well, stalls: 2 })).toMatchObject({ verdict: "note", facts: { stalls: 2 } });
    expect(pictureFinding({ ...well, started_after_s: 7.4 })).toMatchObject({ code: "picture_slow", facts: { seconds: 7 } });
    expect(pictureFinding({ ...well, blocked: true }).code).toBe("picture_muted");
    expect(pictureFinding({ ...well, played_s: 2 })).toMatchObject({ verdict: "bad", code: "picture_stopped" });
    expect(pictureFinding({ ...well, played_s: 0, nothing: 0 })).toMatchObject({ verdict: "bad", code: "no_picture" });
  });

  it("blames nobody's network for a clip that the server has not made yet", () => {
    expect(pictureFinding({ ...well, played_s: 0, nothing: 503 })).toMatchObject({ verdict: "note", code: "clip_not_ready" });
  });

  it("believes the person about sound, and the measurement about where it stops", () => {
    expect(soundFinding(true, null).verdict).toBe("good");
    expect(soundFinding(false, -20).code).toBe("sound_from_browser");
    expect(soundFinding(false, -70).code).toBe("no_sound");
    expect(soundFinding(false, null).code).toBe("no_sound");
  });

  it("asks a browser for a player first, then for the codecs", () => {
    expect(browserFinding(modern).code).toBe("browser");
    expect(browserFinding({ ...modern, mse: false, native: true }).code).toBe("browser_native");
    expect(browserFinding({ ...modern, h264: false }).code).toBe("no_h264");
    expect(browserFinding({ ...modern, aac: false }).code).toBe("no_aac");
    expect(browserFinding({ ...modern, mse: false }).code).toBe("no_player");
  });

  it("takes a wrong clock for a note and a silent server for a fault", () => {
    expect(serverFinding({ round_trip_ms: 20, ahead_ms: 900 }).verdict).toBe("good");
    expect(serverFinding({ round_trip_ms: 20, ahead_ms: -180_000 })).toMatchObject({ verdict: "note", facts: { minutes: -3 } });
    expect(serverFinding({ round_trip_ms: 700, ahead_ms: 0 }).code).toBe("server_far");
    expect(serverFinding(null).verdict).toBe("bad");
  });

  it("tells a proxy that holds events from one that lets them through", () => {
    expect(lineFinding({ opened: true, round_trip_ms: 30 }, held).code).toBe("line");
    expect(lineFinding({ opened: true, round_trip_ms: null }, held).code).toBe("line_open");
    expect(lineFinding({ opened: false, round_trip_ms: null }, flowing)).toMatchObject({ verdict: "note", code: "line_fallback" });
    expect(lineFinding({ opened: false, round_trip_ms: null }, held)).toMatchObject({ verdict: "bad", code: "line_held" });
    expect(lineFinding({ opened: false, round_trip_ms: null }, { events: 2, spread_ms: 900 }).code).toBe("no_line");
  });

  it("measures in megabits and judges by what the picture needs", () => {
    expect(megabits({ bytes: 1_000_000, ms: 1_000 })).toBe(8);
    expect(speedFinding({ bytes: 1_000_000, ms: 1_000 }).code).toBe("speed");
    expect(speedFinding({ bytes: 1_000_000, ms: 2_000 }).code).toBe("speed_tight");
    expect(speedFinding({ bytes: 1_000_000, ms: 8_000 }).code).toBe("speed_low");
    expect(speedFinding(null).verdict).toBe("note");
  });

  it("wants a camera of some size and a microphone that hears", () => {
    expect(cameraFinding({ width: 1280, height: 720 }).verdict).toBe("good");
    expect(cameraFinding({ width: 320, height: 240 }).code).toBe("camera_small");
    expect(cameraFinding(null).verdict).toBe("bad");
    expect([microphoneFinding(-30), microphoneFinding(-70), microphoneFinding(null)].map(({ verdict }) => verdict)).toEqual(["good", "note", "bad"]);
  });

  it("reads from the chosen pair whether the picture goes straight, by a relay or over TCP", () => {
    const pair = { type: "candidate-pair", id: "p", localCandidateId: "l", currentRoundTripTime: 0.021 };
    const report = (local: object) => [{ type: "transport", selectedCandidatePairId: "p" }, pair, { type: "local-candidate", id: "l", ...local }];
    const of = (local: object) => routeFinding(routeOf(report(local)));
    expect(of({ candidateType: "host", protocol: "udp" })).toMatchObject({ code: "route_udp", facts: { ms: 21 } });
    expect(of({ candidateType: "relay", protocol: "udp", relayProtocol: "udp" }).code).toBe("route_relay");
    expect(of({ candidateType: "relay", protocol: "udp", relayProtocol: "tls" }).code).toBe("route_tcp");
    expect(routeFinding(null)).toMatchObject({ verdict: "bad", code: "no_route" });
  });

  it("judges what is sent by loss, then by pictures, then says what is sent", () => {
    const health = { bitrate_bps: 1_840_000, fps: 29.7, width: 1280, height: 720, lost_share: 0, round_trip_ms: 20, silent_ms: 0, limited_by: "none" as const };
    expect(sendingFinding(health)).toMatchObject({ code: "sending", facts: { fps: 30, mbit: 1.8 } });
    expect(sendingFinding({ ...health, lost_share: 0.05 })).toMatchObject({ code: "sending_lossy", facts: { percent: 5 } });
    expect(sendingFinding({ ...health, fps: 9 }).code).toBe("sending_slow");
    expect(sendingFinding({ ...health, fps: 9, limited_by: "cpu" }).code).toBe("sending_busy");
    expect(sendingFinding({ ...health, bitrate_bps: 0 }).verdict).toBe("bad");
  });

  it("is as bad as its worst", () => {
    expect(worst([])).toBe("good");
    expect(worst([pictureFinding(well), speedFinding(null)])).toBe("note");
    expect(worst([speedFinding(null), serverFinding(null)])).toBe("bad");
  });

  it("has advice in both languages for everything that is not in order", () => {
    const codes = Object.keys(trialDa.said);
    expect(Object.keys(trialEn.said)).toEqual(codes);
    expect(Object.keys(trialEn.advice)).toEqual(Object.keys(trialDa.advice));
    expect(Object.keys(trialDa.advice).filter((code) => !codes.includes(code))).toEqual([]);
  });
});
