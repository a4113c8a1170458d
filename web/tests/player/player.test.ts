import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Player } from "../../src/player/player.svelte";
import { MemoryStore } from "../realtime/memorystore";
import { FakeEngine, FakeVideo } from "./fakevideo";

const wall_ms = Date.parse("2026-01-01T08:00:00Z");
const live = { url: "/hls/main/index.m3u8", live: true };
const replay = { url: "/replay/05/index.m3u8", live: false };

function aPlayer(video = new FakeVideo()) {
  let engine: FakeEngine | null = null;
  const player = new Player(
    (_, listener) => (engine = new FakeEngine(listener)),
    () => wall_ms,
  );
  player.attach(video as unknown as HTMLVideoElement);
  player.show(live);
  if (!engine) throw new Error("The player made no engine.");
  return { player, video, engine: engine as FakeEngine };
}

async function aPlayingPlayer() {
  const made = aPlayer();
  made.engine.edge_s = 100;
  made.engine.date_ms = wall_ms - 4_000;
  made.engine.listener.ready();
  made.video.tell("playing");
  await vi.advanceTimersByTimeAsync(600);
  return made;
}

describe("the player", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("localStorage", new MemoryStore());
    vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("begins muted, and says how far behind live it is", async () => {
    const { player, video } = await aPlayingPlayer();
    expect(video.muted).toBe(true);
    expect(video.paused).toBe(false);
    expect(player.behind_s).toBe(4);
    expect(player.isAtLive).toBe(true);
  });

  it("opens a new address on the same element and keeps its sound", async () => {
    const { player, video, engine } = await aPlayingPlayer();
    player.turnSound(true);
    player.show({ url: "/hls/oplaeg-1/index.m3u8", live: true });
    expect(engine.opened.map((opening) => opening.url)).toEqual(["/hls/main/index.m3u8", "/hls/oplaeg-1/index.m3u8"]);
    expect(video.muted).toBe(false);
  });

  it("begins a recording at the picture of a wall time, once it is known where that is", async () => {
    const { player, video, engine } = await aPlayingPlayer();
    player.wish(wall_ms - 60_000);
    const { currentTime } = video;
    await vi.advanceTimersByTimeAsync(600);
    expect(video.currentTime, "the channel that is on goes on").toBe(currentTime);
    engine.date_ms = null;
    player.show(replay);
    await vi.advanceTimersByTimeAsync(600);
    engine.date_ms = wall_ms - 90_000;
    video.currentTime = 2;
    await vi.advanceTimersByTimeAsync(600);
    expect(video.currentTime).toBe(32);
    video.currentTime = 40;
    await vi.advanceTimersByTimeAsync(600);
    expect(video.currentTime, "and then it is the person's").toBe(40);
  });

  it("goes over to sound alone and back on the same element, and remembers it", async () => {
    const { player, engine } = await aPlayingPlayer();
    player.choose("sound");
    expect(engine.opened.at(-1)).toEqual({ url: "/hls/main/sound.m3u8", from_s: null });
    expect(aPlayer().engine.opened.at(-1)?.url).toBe("/hls/main/sound.m3u8");
    player.choose("auto");
    expect(engine.opened.at(-1)?.url).toBe("/hls/main/index.m3u8");
    expect(player.isSoundOnly).toBe(false);
  });

  it("asks for a small picture without opening anything anew", async () => {
    const { player, engine } = await aPlayingPlayer();
    expect(player.renditions).toBe(2);
    player.choose("low");
    expect(engine.low).toBe(true);
    expect(engine.opened).toHaveLength(1);
    expect(aPlayer().engine.low).toBe(true);
  });

  it("shows a recording's picture also to those who hear live without one", async () => {
    const { player, engine } = await aPlayingPlayer();
    player.choose("sound");
    player.show(replay);
    expect(engine.opened.at(-1)?.url).toBe("/replay/05/index.m3u8");
    expect(player.isSoundOnly).toBe(false);
  });

  it("does nothing when the address is the one it shows", async () => {
    const { player, engine } = await aPlayingPlayer();
    player.show({ ...live });
    expect(engine.opened).toHaveLength(1);
  });

  it("begins a recording at its beginning", async () => {
    const { player, engine } = await aPlayingPlayer();
    player.show(replay);
    expect(engine.opened.at(-1)?.from_s).toBe(0);
    expect(player.following).toBe(false);
  });

  it("plays muted where sound needs a gesture, and asks for a tap only where nothing plays", async () => {
    localStorage.setItem("topmoede.sound", "on");
    const careful = new FakeVideo();
    careful.allows = "muted";
    const first = aPlayer(careful);
    first.engine.listener.ready();
    await vi.advanceTimersByTimeAsync(1);
    expect([careful.muted, careful.paused, first.player.needsTap]).toEqual([true, false, false]);

    const strict = new FakeVideo();
    strict.allows = "never";
    const second = aPlayer(strict);
    second.engine.listener.ready();
    await vi.advanceTimersByTimeAsync(1);
    expect(second.player.needsTap).toBe(true);
  });

  it("comes back to live by itself after a long stall, but not after a pause", async () => {
    const { player, video, engine } = await aPlayingPlayer();
    engine.date_ms = wall_ms - 40_000;
    await vi.advanceTimersByTimeAsync(600);
    expect(video.currentTime).toBe(100);

    player.pause();
    video.currentTime = 10;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(video.currentTime).toBe(10);
    player.goLive();
    expect(video.currentTime).toBe(100);
    expect(player.following).toBe(true);
  });

  it("goes to live from where nothing would catch up, and not again at once", async () => {
    const { video, engine } = await aPlayingPlayer();
    engine.date_ms = wall_ms - 11_000;
    await vi.advanceTimersByTimeAsync(600);
    expect(video.currentTime).not.toBe(100);
    engine.date_ms = wall_ms - 13_000;
    await vi.advanceTimersByTimeAsync(600);
    expect(video.currentTime).toBe(100);

    video.currentTime = 90;
    await vi.advanceTimersByTimeAsync(29_000);
    expect(video.currentTime).toBe(90);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(video.currentTime).toBe(100);
  });

  it("counts waiting once it has played, and never a seek", async () => {
    const { player, video } = await aPlayingPlayer();
    video.tell("waiting");
    video.seeking = true;
    video.tell("waiting");
    expect(player.meters.waits).toBe(1);
  });

  it("counts stalls, and tells what stopped it from what it mended", async () => {
    const { player, engine } = await aPlayingPlayer();
    engine.listener.stalled("bufferStalledError");
    engine.listener.failed("fragLoadError", false);
    engine.listener.failed("bufferAppendError", true);
    expect(player.meters).toMatchObject({ stalls: 1, mended: 1, errors: 1 });
  });

  it("knows a channel that is not there from one that fails", async () => {
    const { player, engine } = await aPlayingPlayer();
    engine.listener.nothingHere(404);
    expect(player.absent).toBe(404);
    expect(player.meters.errors).toBe(0);
    engine.listener.ready();
    expect(player.absent).toBeNull();
  });
});
