/** The part of WebVTT that captions need: cues with two times and lines of text, marks taken away. */

export interface Cue {
  from_s: number;
  to_s: number;
  text: string;
}

const timing = /^((?:\d{1,4}:)?\d{2}:\d{2}\.\d{3})[ \t]+-->[ \t]+((?:\d{1,4}:)?\d{2}:\d{2}\.\d{3})/;

export function parseCues(file: string): Cue[] {
  const blocks = file.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").split(/\n{2,}/);
  return blocks.flatMap(cueOf).sort((a, b) => a.from_s - b.from_s);
}

/** Every cue on screen at a time, oldest first. */
export function cuesAt(cues: readonly Cue[], at_s: number): Cue[] {
  return cues.filter((cue) => cue.from_s <= at_s && at_s < cue.to_s);
}

function cueOf(block: string): Cue[] {
  const lines = block.split("\n");
  const index = lines.findIndex((line) => timing.test(line));
  const match = timing.exec(lines[index] ?? "");
  if (!match) return [];
  const text = lines
    .slice(index + 1)
    .map(plain)
    .filter(Boolean)
    .join("\n");
  return text === "" ? [] : [{ from_s: seconds(match[1] ?? ""), to_s: seconds(match[2] ?? ""), text }];
}

function seconds(clock: string): number {
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": "\u00A0", "&lrm;": "", "&rlm;": "" };

function plain(line: string): string {
  return line
    // A sign that is never closed stands for itself; looking past the next one would be quadratic.
    .replace(/<[^<>]*>/g, "")
    .replace(/&[a-z]+;/g, (name) => entities[name] ?? name)
    .trim();
}
