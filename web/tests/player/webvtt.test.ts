import { describe, expect, it } from "vitest";
import { cuesAt, parseCues } from "../../src/player/webvtt";

const file = `\uFEFFWEBVTT

NOTE written by hand

1
00:01.000 --> 00:03.500 line:90%
<v Anja>Velkommen &amp; god morgen</v>

01:00:02.000 --> 01:00:04.000
To
linjer

broken --> 00:09.000
Nej
`;

describe("a caption file", () => {
  it("gives its cues with their times in seconds and their text without marks", () => {
    expect(parseCues(file.replaceAll("\n", "\r\n"))).toEqual([
      { from_s: 1, to_s: 3.5, text: "Velkommen & god morgen" },
      { from_s: 3602, to_s: 3604, text: "To\nlinjer" },
    ]);
  });

  it("shows a cue from its start up to, not with, its end", () => {
    const cues = parseCues(file);
    expect(cuesAt(cues, 0.99)).toEqual([]);
    expect(cuesAt(cues, 1)).toHaveLength(1);
    expect(cuesAt(cues, 3.5)).toEqual([]);
  });

  it("is empty rather than an error when it is something else", () => {
    expect(parseCues("<html>404</html>")).toEqual([]);
  });
});
