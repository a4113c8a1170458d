import { describe, expect, it } from "vitest";
import type { Data, EventFrame } from "../../src/realtime/frames";
import { evolveChannel, filmOnAir, type Channel } from "../../src/state/channel";

const at = "2026-01-01T08:00:00Z";
const began = "2026-01-01T08:00:02.400000Z";
const nothingOn: Channel = { put: null, on_air: null };

const frame = (name: string, data: Data): EventFrame => ({ op: "event", topic: "channel:main", seq: 1, name, at, data });
const put = frame("channel_put", { content: { kind: "film", film: "oplaeg-1", title: "", text: "", choices: [] }, item: "oplaeg-1", run: 1 });
const shown = frame("source_on_air", { item: "oplaeg-1", run: 1, kind: "film", source: "oplaeg-1", generation: 3, number: 42, began });

describe("the reducer of a channel", () => {
  it("keeps apart what was put on it and what is shown", () => {
    const waiting = evolveChannel(nothingOn, put);
    expect(waiting.put).toMatchObject({ kind: "film", film: "oplaeg-1", source: null, item: "oplaeg-1", since: at });
    expect(waiting.on_air).toBeNull();
    expect(evolveChannel(waiting, shown).on_air).toMatchObject({ number: 42, began });
  });

  it("rewords the slate and nothing else", () => {
    const slate = evolveChannel(nothingOn, frame("channel_put", { content: { kind: "slate", title: "Pause" }, run: 0 }));
    const later = evolveChannel(slate, frame("slate_reworded", { title: "Pause", text: "Vi er tilbage kl. 10.40", choices: [] }));
    expect(later.put).toMatchObject({ kind: "slate", text: "Vi er tilbage kl. 10.40", item: null });
    expect(evolveChannel(nothingOn, frame("slate_reworded", { title: "x", text: "", choices: [] }))).toEqual(nothingOn);
  });
});

describe("the film on air", () => {
  it("counts from its first picture, not from when it was put", () => {
    expect(filmOnAir([put, shown].reduce(evolveChannel, nothingOn))).toEqual({ film: "oplaeg-1", start_ms: Date.parse(began) });
  });

  it("is none while a slate stands in, or while another item's film is still shown", () => {
    const standIn = frame("source_on_air", { item: "oplaeg-1", run: 1, kind: "slate", source: "slate", generation: 1, number: 41, began });
    expect(filmOnAir([put, standIn].reduce(evolveChannel, nothingOn))).toBeNull();
    const next = frame("channel_put", { content: { kind: "film", film: "other" }, item: "05", run: 1 });
    expect(filmOnAir([put, shown, next].reduce(evolveChannel, nothingOn))).toBeNull();
  });
});
