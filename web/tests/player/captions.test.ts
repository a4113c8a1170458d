import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Captions } from "../../src/player/captions.svelte";
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

  it("count from the position on demand", async () => {
    const { captions } = await captionsOf("tema-1");
    captions.begin({ film: "tema-1", start_ms: null });
    captions.show(null, 3);
    expect(captions.lines).toEqual(["Hej fra tema-1"]);
  });

  it("are fetched once for a film, however often it comes on", async () => {
    const { captions, asked } = await captionsOf("film");
    captions.follow({ film: null, start_ms: began_ms + 1 });
    captions.follow({ film: "film", start_ms: began_ms + 2 });
    expect(asked).toEqual(["film"]);
  });

  it("are looked for again with the picture of a film that was not there yet", async () => {
    const answers = [[], [{ from_s: 2, to_s: 4, text: "Nu er den her" }]];
    const captions = new Captions(() => Promise.resolve(answers.shift() ?? []));
    captions.begin({ film: "tema-1", start_ms: null });
    await Promise.resolve();
    captions.look();
    await Promise.resolve();
    captions.show(null, 3);
    expect(captions.lines).toEqual(["Nu er den her"]);
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

  function recorded() {
    const waiting: (() => void)[] = [];
    const store = { tracks: [track("da", "made"), track("da", "automatic"), track("en", "made")], said: "Hej" };
    const items = {
      tracks: () => Promise.resolve(store.tracks),
      cues: (item: string, { language, kind }: { language: string; kind: string }) =>
        Promise.resolve([{ from_s: 2, to_s: 4, text: `${store.said} ${item} ${language} ${kind}` }]),
    };
    const captions = new Captions(() => Promise.resolve([]), items, (act) => waiting.push(act));
    captions.begin({ film: null, item: "02", start_ms: null });
    return { captions, store, waiting };
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

  it("are those that somebody is writing, whatever is stored", async () => {
    const { captions } = recorded();
    captions.hold([{ from_s: 0, to_s: 9, text: "Udkast" }]);
    expect(await shown(captions)).toBe("Udkast");
    captions.hold(null);
    expect(await shown(captions)).toBe("Hej 02 da made");
  });
});
