import { describe, expect, it } from "vitest";
import { parseCues } from "../../src/player/webvtt";
import { clockOf, cueAt, cuesFrom, insert, join, nudge, nudgeFrom, readClock, remove, setEnd, setStart, split, toWebVtt, troublesOf, unfit, write, type Cue } from "../../src/pages/captions/cues";

const said: Cue[] = [
  { id: 0, start_ms: 1_000, end_ms: 3_000, text: "Godmorgen og velkommen" },
  { id: 1, start_ms: 3_000, end_ms: 5_000, text: "til topmødet" },
  { id: 2, start_ms: 8_000, end_ms: 9_000, text: "Tak" },
];

const times = (cues: readonly Cue[]) => cues.map(({ id, start_ms, end_ms }) => [id, start_ms, end_ms]);

describe("cues", () => {
  it("are parted where the text is, in time by the text or by the picture", () => {
    const parted = split(said, 0, 10);
    expect(parted.map(({ text }) => text)).toEqual(["Godmorgen", "og velkommen", "til topmødet", "Tak"]);
    expect(times(parted).slice(0, 2)).toEqual([[0, 1_000, 1_909], [3, 1_909, 3_000]]);
    expect(times(split(said, 0, 10, 2_500)).slice(0, 2)).toEqual([[0, 1_000, 2_500], [3, 2_500, 3_000]]);
    expect(times(split(said, 0, 10, 7_000))[0]).toEqual([0, 1_000, 1_909]);
    expect(times(split(said, 0, 0))[0]).toEqual([0, 1_000, 1_100]);
    expect(split([{ id: 0, start_ms: 0, end_ms: 150, text: "ab" }], 0, 1)).toHaveLength(1);
  });

  it("are joined with the next one, of which the last has none", () => {
    expect(join(said, 0)[0]).toEqual({ id: 0, start_ms: 1_000, end_ms: 5_000, text: "Godmorgen og velkommen\ntil topmødet" });
    expect(join(said, 2)).toEqual(said);
  });

  it("are put in at a moment, and are as long as there is room", () => {
    const { cues, id } = insert(said, 7_000.4);
    expect(cues[2]).toEqual({ id, start_ms: 7_000, end_ms: 8_000, text: "" });
    expect(times(insert(said, 20_000).cues).at(-1)).toEqual([3, 20_000, 22_000]);
    expect(remove(cues, id)).toEqual(said);
  });

  it("keep their order and their length however far they are moved", () => {
    expect(times(nudge(said, 0, -5_000))[0]).toEqual([0, 0, 2_000]);
    expect(times(nudge(said, 0, 10_000)).map(([id]) => id)).toEqual([1, 2, 0]);
    expect(times(nudgeFrom(said, 1, 500))).toEqual([[0, 1_000, 3_000], [1, 3_500, 5_500], [2, 8_500, 9_500]]);
  });

  it("never end before they begin", () => {
    expect(times(setStart(said, 0, 9_000))[0]).toEqual([0, 2_900, 3_000]);
    expect(times(setEnd(said, 1, 0))[1]).toEqual([1, 3_000, 3_100]);
    expect(times(setStart(said, 0, -4))[0]).toEqual([0, 0, 3_000]);
  });

  it("leave the list they were made from as it was", () => {
    const before = structuredClone(said);
    nudge(said, 0, 10_000);
    write(said, 1, "x");
    insert(said, 1);
    expect(said).toEqual(before);
  });

  it("tell what is wrong with them and what reads badly", () => {
    const cues = [
      { id: 0, start_ms: 0, end_ms: 1_000, text: " " },
      { id: 1, start_ms: 2_000, end_ms: 3_000, text: "et to tre fire fem seks syv otte ni ti elleve\nb\nc" },
      { id: 2, start_ms: 2_500, end_ms: 4_000, text: "ok" },
    ];
    expect(cues.map((_, index) => troublesOf(cues, index))).toEqual([["empty"], ["overlap", "fast", "wide", "tall"], []]);
    expect(unfit(cues)?.id).toBe(0);
    expect(unfit(cues.slice(1))).toBeNull();
  });

  it("are written as the player reads them, signs of markup and empty lines too", () => {
    const cues = write(said, 2, "A < B & C\n\nD --> E");
    expect(cuesFrom(parseCues(toWebVtt(cues)))).toEqual(write(cues, 2, "A < B & C\nD --> E"));
  });

  it("are found by the picture's moment", () => {
    expect([cueAt(said, 2_999)?.id, cueAt(said, 3_000)?.id, cueAt(said, 6_000)]).toEqual([0, 1, null]);
  });
});

describe("times", () => {
  it("are read as people type them, and as they are written", () => {
    expect(["62", "1:02", "1:02,5", "0:01:02.345", "100:00:00"].map(readClock)).toEqual([62_000, 62_000, 62_500, 62_345, 360_000_000]);
    expect(["", "x", "1:60", "1:99:00", "1:2:3:4", "-1"].map(readClock)).toEqual([null, null, null, null, null, null]);
    expect([clockOf(3_723_004), readClock(clockOf(3_723_004))]).toEqual(["01:02:03.004", 3_723_004]);
  });
});
