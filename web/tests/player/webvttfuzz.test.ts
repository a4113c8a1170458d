import { describe, expect, it } from "vitest";
import { parseCues } from "../../src/player/webvtt";

const FILE = `WEBVTT

NOTE by hand

1
00:01.000 --> 00:03.500 line:90%
<v Anja>Velkommen &amp; god morgen</v>

01:00:02.000 --> 01:00:04.000
To
linjer
`;
const TIMES = "WEBVTT\n\n00:01.000 --> 00:02.000\n";
const WORDS = ["", "9".repeat(400), "\0", "\ud800", "\uFEFF", "<".repeat(300), "-->", "\u2028", " ", "æøå"];
const LONGEST_MS = 1000;

declare const process: { cpuUsage(since?: object): { user: number } };

/** The same numbers for the same seed. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function broken(file: string, next: (below: number) => number): string {
  let made = file;
  for (let changes = 1 + next(8); changes > 0; changes--) {
    const at = next(made.length + 1);
    const put = next(2) ? (WORDS[next(WORDS.length)] ?? "") : made.slice(next(made.length + 1)).slice(0, 40);
    made = made.slice(0, at) + put + made.slice(at + next(12));
  }
  return made;
}

/** Processor time is what is measured: others use the machine too. */
function cues(file: string) {
  const began = process.cpuUsage();
  const found = parseCues(file);
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(LONGEST_MS);
  expect(found.every((cue) => Number.isFinite(cue.from_s + cue.to_s) && cue.text !== "")).toBe(true);
  return found;
}

describe("a caption file that nobody should write", () => {
  it("is read as far as it makes sense, and never raises", () => {
    const next = chance(1);
    let read = 0;
    for (let round = 0; round < 1000; round++) read += cues(broken(FILE, next)).length;
    expect(read).toBeGreaterThan(0);
  });

  it.each([
    ["signs that are never closed", TIMES + "<a".repeat(900_000)],
    ["entities", TIMES + "&amp".repeat(400_000)],
    ["digits", "WEBVTT\n\n" + "9".repeat(1_900_000)],
    ["spaces", "WEBVTT\n\n00:01.000" + " ".repeat(1_900_000)],
    ["arrows", "WEBVTT\n\n" + "-->".repeat(600_000)],
    ["empty lines", "WEBVTT" + "\n".repeat(1_900_000)],
    ["torn lines", "WEBVTT" + "\n \n".repeat(600_000)],
  ])("is read in time: %s", (_, file) => {
    cues(file);
  });

  it("is read in time when it holds a hundred thousand cues", () => {
    expect(cues("WEBVTT\n\n" + "00:01.000 --> 00:02.000\nx\n\n".repeat(100_000))).toHaveLength(100_000);
  });

  it("keeps signs that are never closed", () => {
    expect(cues(TIMES + "1 <a og 2 <b>fed</b> <3")[0]?.text).toBe("1 <a og 2 fed <3");
  });
});
