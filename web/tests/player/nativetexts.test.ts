import { beforeEach, describe, expect, it } from "vitest";
import { keepNativeTexts } from "../../src/player/nativetexts";

interface Track {
  kind: string;
  language: string;
  mode: string;
}

class Tracks extends EventTarget {
  *[Symbol.iterator](): Generator<Track> {
    yield* this.list;
  }
  list: Track[] = [];
}

class Video extends EventTarget {
  textTracks = new Tracks();
  webkitDisplayingFullscreen = false;
}

describe("the texts a browser draws itself", () => {
  let video: Video;
  let wanted: string | null;
  let leave: () => void;
  let danish: Track;
  let english: Track;

  const modes = (): string[] => video.textTracks.list.map(({ mode }) => mode);
  const changed = (): unknown => video.textTracks.dispatchEvent(new Event("change"));

  function fullscreen(on: boolean): void {
    video.webkitDisplayingFullscreen = on;
    video.dispatchEvent(new Event(on ? "webkitbeginfullscreen" : "webkitendfullscreen"));
  }

  beforeEach(() => {
    video = new Video();
    wanted = "da";
    leave = keepNativeTexts(video as unknown as HTMLVideoElement, () => wanted);
    english = { kind: "subtitles", language: "en", mode: "showing" };
    danish = { kind: "subtitles", language: "da", mode: "disabled" };
    video.textTracks.list = [english, danish, { kind: "metadata", language: "", mode: "hidden" }];
    video.textTracks.dispatchEvent(new Event("addtrack"));
  });

  it("are off on our page, which draws them, also when the machine chooses one", () => {
    expect(modes()).toEqual(["disabled", "disabled", "hidden"]);
    danish.mode = "showing";
    changed();
    expect(modes()).toEqual(["disabled", "disabled", "hidden"]);
  });

  it("are what somebody reads, where our page is not seen, and off again behind it", () => {
    fullscreen(true);
    expect(modes()).toEqual(["disabled", "showing", "hidden"]);
    english.mode = "showing";
    changed();
    expect(modes(), "chosen by the browser's own menu").toEqual(["showing", "showing", "hidden"]);
    fullscreen(false);
    expect(modes()).toEqual(["disabled", "disabled", "hidden"]);
    wanted = null;
    fullscreen(true);
    expect(modes()).toEqual(["disabled", "disabled", "hidden"]);
  });

  it("are left alone when the player is gone", () => {
    leave();
    fullscreen(true);
    expect(modes()).toEqual(["disabled", "disabled", "hidden"]);
  });
});
