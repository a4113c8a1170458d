import { describe, expect, test } from "vitest";
import { kindOf, warningsOf, type Film, type Row } from "../../src/pages/films/filmstates";
import { lengthOf, roughly, sizeOf } from "../../src/pages/films/lengths";
import { filmsDa } from "../../src/words/films";

function aRow(film: Partial<Film>): Row {
  const fit = { room_s: 1400, slot_s: 4200, shared_by: 3, over_s: 0 };
  const blank = { items: ["tema-1"], state: "ready", progress: 1, left_s: null, upload: null, ready: true, version: "1", duration_s: 1300 };
  return { id: "tema-1", item: {} as Row["item"], film: { ...blank, file: null, refused: null, fit, captions: { da: { cues: 9, end_s: 1290 } }, ...film } as Film };
}

function names(film: Partial<Film>): string[] {
  return warningsOf(aRow(film)).map(({ name }) => name);
}

describe("what should be looked at", () => {
  test("is nothing when a film fits and has captions", () => expect(names({})).toEqual([]));
  test("is nothing while there is no film", () => expect(names({ duration_s: null, captions: {} })).toEqual([]));
  test("is captions that are missing or of another film", () => {
    expect(names({ captions: {} })).toEqual(["captions_missing"]);
    expect(names({ captions: { da: { cues: 9, end_s: 1310 } } })).toEqual(["captions_too_long"]);
  });
  test("is a film that does not fit, and by how much", () => {
    const fit = { room_s: 1400, slot_s: 4200, shared_by: 3, over_s: 80 };
    expect(warningsOf(aRow({ fit }))).toEqual([{ name: "too_long", by_s: 80 }]);
    expect(warningsOf(aRow({ fit: { ...fit, over_s: -30 } }))).toEqual([{ name: "too_short", by_s: 30 }]);
  });
  test("is silence", () => {
    const file = { name: "a", width: 1, height: 1, fps: 25, has_sound: false, against: [] };
    expect(names({ file })).toEqual(["no_sound"]);
  });
});

test("lengths and sizes are said as people say them", () => {
  const spoken = [1400, 80, 3600, 0, 59.6].map((seconds) => lengthOf(filmsDa, seconds).replaceAll("\u00A0", " "));
  expect(spoken).toEqual(["23 min. 20 sek.", "1 min. 20 sek.", "1 t.", "0 sek.", "1 min."]);
  expect([40, 181].map((seconds) => roughly(filmsDa, seconds).replaceAll("\u00A0", " "))).toEqual(["40 sek.", "4 min."]);
  expect([999, 1_250_000, 1_234_000_000, 56_000_000].map((bytes) => sizeOf(bytes, "da").replace("\u00A0", " "))).toEqual(["999 B", "1,3 MB", "1,2 GB", "56 MB"]);
});

test("captions are told from films by their names", () => {
  expect(["a.VTT", "b.srt", "c.mp4", "d"].map((name) => kindOf(new File([], name)))).toEqual(["captions", "captions", "film", "film"]);
});
