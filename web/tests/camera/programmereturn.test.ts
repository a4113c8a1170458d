import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EngineListener, Opening } from "../../src/player/engine";
import { ProgrammeReturn } from "../../src/pages/camera/programmereturn.svelte";
import { FakeEngine, FakeVideo } from "../player/fakevideo";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aReturn(ahead_ms: number | null = 0) {
  const made: { engine: FakeEngine; giveUp: (why: string) => void; hears: EngineListener }[] = [];
  const programme = new ProgrammeReturn({
    makeEngine: (_, hears, giveUp) => {
      made.push({ engine: new FakeEngine(hears), giveUp, hears });
      return made.at(-1)?.engine as FakeEngine;
    },
    ahead_ms: () => Promise.resolve(ahead_ms),
    now_ms: () => 100_000,
  });
  const video = new FakeVideo();
  const attach = () => programme.attach(video as unknown as HTMLVideoElement);
  return { programme, made, video, attach };
}

describe("what goes out now, on the camera page", () => {
  it("is off until it is asked for, and opens what is on air without sound", () => {
    const { programme, made, video, attach } = aReturn();
    expect([programme.standing, programme.isOn, made]).toEqual(["off", false, []]);
    programme.turn();
    video.muted = false;
    attach();
    expect([programme.standing, video.muted]).toEqual(["coming", true]);
    expect(made[0]?.engine.opened.map(({ url }: Opening) => url)).toEqual(["/hls/main/index.m3u8"]);
  });

  it("says how old its picture is by the server's clock, and nothing where that is not known", async () => {
    for (const [ahead_ms, behind_s] of [[2_000, 0.5], [null, null]] as const) {
      const { programme, made, video, attach } = aReturn(ahead_ms);
      programme.turn();
      attach();
      if (made[0]) made[0].engine.date_ms = 97_500;
      video.tell("playing");
      await vi.advanceTimersByTimeAsync(500);
      expect([programme.standing, programme.behind_s]).toEqual(["playing", behind_s]);
    }
  });

  it("falls away when it is refused, and comes again when it is asked for again", () => {
    const { programme, made, attach } = aReturn();
    programme.turn();
    const letGo = attach();
    made[0]?.giveUp("status 503");
    expect([programme.standing, programme.isOn]).toEqual(["refused", false]);
    letGo();
    expect(made[0]?.engine.isClosed).toBe(true);
    programme.turn();
    attach();
    expect([programme.standing, made.length]).toEqual(["coming", 2]);
  });

  it("says that nothing goes out yet, and shows it when it does", () => {
    const { programme, made, video, attach } = aReturn();
    programme.turn();
    attach();
    made[0]?.hears.nothingHere(409);
    expect([programme.standing, programme.isOn]).toEqual(["nothing", true]);
    made[0]?.hears.ready();
    expect(programme.standing).toBe("coming");
    video.tell("playing");
    expect(programme.standing).toBe("playing");
  });

  it("is let go of when it is turned off", async () => {
    const { programme, made, video, attach } = aReturn();
    programme.turn();
    const letGo = attach();
    if (made[0]) made[0].engine.date_ms = 97_500;
    await vi.advanceTimersByTimeAsync(500);
    programme.turn();
    letGo();
    video.tell("playing");
    await vi.advanceTimersByTimeAsync(2_000);
    expect([programme.standing, programme.behind_s, made[0]?.engine.isClosed]).toEqual(["off", null, true]);
  });
});
