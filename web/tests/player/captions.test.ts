import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Captions, captionsWithPass } from "../../src/player/captions.svelte";
import { MemoryStore } from "../realtime/memorystore";

const began_ms = Date.parse("2026-01-01T08:00:00Z");

async function captionsOf(film: string) {
  const asked: string[] = [];
  const captions = new Captions((name) => {
    asked.push(name);
    return Promise.resolve([{ from_s: 2, to_s: 4, text: `Hej fra ${name}` }]);
  });
  captions.begin({ film, start_ms: began_ms });
  await Promise.resolve();
  return { captions, asked };
}

describe("captions", () => {
  beforeEach(() => void vi.stubGlobal("localStorage", new MemoryStore()));
  afterEach(() => void vi.unstubAllGlobals());

  it("follow the picture's own time, however far behind live it is seen", async () => {
    const { captions } = await captionsOf("oplaeg-1");
    captions.show(began_ms + 3_000, 700);
    expect(captions.lines).toEqual(["Hej fra oplaeg-1"]);
    captions.show(began_ms + 5_000, 702);
    expect(captions.lines).toEqual([]);
    expect(captions.available).toBe(true);
  });

  it("stay with the film that is still seen when the channel has gone on", async () => {
    const { captions } = await captionsOf("oplaeg-1");
    captions.follow({ film: null, start_ms: began_ms + 4_000 });
    captions.show(began_ms + 3_000, 0);
    expect(captions.lines).toEqual(["Hej fra oplaeg-1"]);
    captions.show(began_ms + 4_500, 0);
    expect([captions.lines, captions.available]).toEqual([[], false]);
  });

  it("are fetched once for a film, however often it comes on", async () => {
    const { captions, asked } = await captionsOf("film");
    captions.follow({ film: null, start_ms: began_ms + 1 });
    captions.follow({ film: "film", start_ms: began_ms + 2 });
    expect(asked).toEqual(["film"]);
  });

  it("are wanted or not across reloads", () => {
    new Captions().toggle();
    expect(new Captions().wanted).toBe(true);
  });
});

describe("captions of a recording", () => {
  beforeEach(() => void vi.stubGlobal("localStorage", new MemoryStore()));
  afterEach(() => void vi.unstubAllGlobals());

  const track = (language: string, kind: "made" | "automatic", version = "1") => ({ language, kind, version, cues: 1, end_s: 4 });

  function recorded({ begins = true } = {}) {
    const asked: string[] = [];
    const waiting: (() => void)[] = [];
    const store = { tracks: [track("da", "made"), track("da", "automatic"), track("en", "made")], said: "Hej" };
    const items = {
      tracks: (item: string) => {
        asked.push(item);
        return Promise.resolve(store.tracks);
      },
      cues: (item: string, { language, kind }: { language: string; kind: string }) =>
        Promise.resolve([{ from_s: 2, to_s: 4, text: `${store.said} ${item} ${language} ${kind}` }]),
    };
    const captions = new Captions(() => Promise.resolve([]), items, (act) => waiting.push(act));
    if (begins) captions.begin({ film: null, item: "02", start_ms: null });
    return { captions, store, waiting, asked };
  }

  async function shown(captions: Captions): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve));
    captions.show(null, 3);
    return captions.lines.join();
  }

  it("are those of the chosen track, which is remembered", async () => {
    const { captions } = recorded();
    expect(await shown(captions)).toBe("Hej 02 da made");
    captions.choose("en");
    expect([await shown(captions), captions.language]).toEqual(["Hej 02 en made", "en"]);
    expect(localStorage.getItem("topmoede.captions.track")).toBe("en");
    captions.choose("da automatic");
    expect(await shown(captions)).toBe("Hej 02 da automatic");
  });

  it("are fetched anew when they are another version, and stand until then", async () => {
    const { captions, store, waiting } = recorded();
    captions.renew("02", null);
    captions.renew("02", "1");
    await shown(captions);
    store.said = "Farvel";
    captions.renew("02", "1");
    expect(waiting).toEqual([]);
    captions.renew("02", "2");
    expect(await shown(captions)).toBe("Hej 02 da made");
    waiting.shift()?.();
    expect(await shown(captions)).toBe("Farvel 02 da made");
  });

  it("are asked for with the pass of a link, tracks and texts", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (address: string) => {
      asked.push(address);
      return Promise.resolve(Response.json({ tracks: [track("da", "made")] }));
    });
    captionsWithPass("del.å").begin({ film: null, item: "02", start_ms: null });
    await new Promise((resolve) => setTimeout(resolve));
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toEqual([
      "/captions/item/02.json?pass=del.%C3%A5",
      "/captions/item/02.vtt?language=da&kind=made&pass=del.%C3%A5",
    ]);
  });

  it("are fetched once where their version is known before", async () => {
    const { captions, store, asked } = recorded({ begins: false });
    captions.renew("02", "1");
    captions.begin({ film: null, item: "02", start_ms: null });
    await shown(captions);
    captions.renew("02", "1");
    await shown(captions);
    expect([asked.length, store.said]).toEqual([1, "Hej"]);
  });

  it("are looked for again with a picture that was not there yet", async () => {
    const { captions, store } = recorded();
    const tracks = store.tracks;
    store.tracks = [];
    captions.begin({ film: null, item: "03", start_ms: null });
    expect(await shown(captions)).toBe("");
    store.tracks = tracks;
    captions.look();
    expect(await shown(captions)).toBe("Hej 03 da made");
  });

  it("are those that somebody is writing, whatever is stored", async () => {
    const { captions } = recorded();
    captions.hold([{ from_s: 0, to_s: 9, text: "Udkast" }]);
    expect(await shown(captions)).toBe("Udkast");
    captions.hold(null);
    expect(await shown(captions)).toBe("Hej 02 da made");
  });
});
