/**
 * The rules of editing captions: a list of cues in order of time, and what each edit makes of it.
 *
 * Times are whole milliseconds from the recording's first picture, so that halving and nudging never drift. Every edit
 * returns a new list and leaves the old one for undo. An edit that would break a cue (end before start, a time below
 * nothing) is held at the border instead: whoever leans on a key must not have to repair anything afterwards.
 *
 * What is wrong with a cue, and what reads badly, is told beside it; only what is wrong keeps a list from being saved.
 */

export interface Cue {
  /** Stays with the cue through every edit. */
  id: number;
  start_ms: number;
  end_ms: number;
  text: string;
}

export type Cues = readonly Cue[];
export type Trouble = "empty" | "overlap" | "fast" | "wide" | "tall";

export const shortest_ms = 100;
const new_ms = 2_000;
const widest = 42;
const tallest = 2;
const fastest_signs_per_s = 20;
/** What makes a list unfit to save; the rest is advice. */
const wrong: readonly Trouble[] = ["empty"];

export function cuesFrom(parsed: readonly { from_s: number; to_s: number; text: string }[]): Cue[] {
  return parsed.map(({ from_s, to_s, text }, id) => ({ id, start_ms: Math.round(from_s * 1000), end_ms: Math.round(to_s * 1000), text }));
}

export function indexOf(cues: Cues, id: number | null): number {
  return cues.findIndex((cue) => cue.id === id);
}

/** The cue on screen at a moment: the last that has begun and not ended. */
export function cueAt(cues: Cues, at_ms: number): Cue | null {
  return cues.findLast((cue) => cue.start_ms <= at_ms && at_ms < cue.end_ms) ?? null;
}

export function write(cues: Cues, id: number, text: string): Cue[] {
  return changed(cues, id, (cue) => ({ ...cue, text }));
}

export function setStart(cues: Cues, id: number, start_ms: number): Cue[] {
  return changed(cues, id, (cue) => ({ ...cue, start_ms: clamp(start_ms, 0, cue.end_ms - shortest_ms) }));
}

export function setEnd(cues: Cues, id: number, end_ms: number): Cue[] {
  return changed(cues, id, (cue) => ({ ...cue, end_ms: Math.max(Math.round(end_ms), cue.start_ms + shortest_ms) }));
}

/** Moves a cue and keeps its length. */
export function nudge(cues: Cues, id: number, by_ms: number): Cue[] {
  return changed(cues, id, (cue) => {
    const by = Math.max(by_ms, -cue.start_ms);
    return { ...cue, start_ms: cue.start_ms + by, end_ms: cue.end_ms + by };
  });
}

/** Moves a cue and all that come after it: the picture was cut, or a whole part came late. */
export function nudgeFrom(cues: Cues, id: number, by_ms: number): Cue[] {
  const first = indexOf(cues, id);
  if (first < 0) return [...cues];
  const by = Math.max(by_ms, -(cues[first]?.start_ms ?? 0));
  return ordered(cues.map((cue, index) => (index < first ? cue : { ...cue, start_ms: cue.start_ms + by, end_ms: cue.end_ms + by })));
}

/**
 * Parts a cue in two, where its text is parted.
 *
 * @param offset where in the text; its time is parted at `at_ms` if that lies within the cue, else as the text is.
 */
export function split(cues: Cues, id: number, offset: number, at_ms: number | null = null): Cue[] {
  const cue = cues[indexOf(cues, id)];
  if (!cue || cue.end_ms - cue.start_ms < 2 * shortest_ms) return [...cues];
  const share = cue.text.length > 0 ? offset / cue.text.length : 0.5;
  const wanted = at_ms !== null && at_ms > cue.start_ms && at_ms < cue.end_ms ? at_ms : cue.start_ms + share * (cue.end_ms - cue.start_ms);
  const middle_ms = clamp(wanted, cue.start_ms + shortest_ms, cue.end_ms - shortest_ms);
  const first = { ...cue, end_ms: middle_ms, text: cue.text.slice(0, offset).trim() };
  const second = { id: newId(cues), start_ms: middle_ms, end_ms: cue.end_ms, text: cue.text.slice(offset).trim() };
  return cues.flatMap((one) => (one.id === id ? [first, second] : [one]));
}

/** Joins a cue with the next one; the last has none. */
export function join(cues: Cues, id: number): Cue[] {
  const at = indexOf(cues, id);
  const [cue, next] = [cues[at], cues[at + 1]];
  if (!cue || !next) return [...cues];
  const text = [cue.text, next.text].filter(Boolean).join("\n");
  const joined = { ...cue, end_ms: Math.max(cue.end_ms, next.end_ms), text };
  return cues.flatMap((one) => (one.id === next.id ? [] : [one.id === id ? joined : one]));
}

/** A new, empty cue at a moment, before whatever begins later; as long as there is room, and two seconds at most. */
export function insert(cues: Cues, at_ms: number): { cues: Cue[]; id: number } {
  const id = newId(cues);
  const start_ms = Math.max(0, Math.round(at_ms));
  const next_ms = cues.find((cue) => cue.start_ms > start_ms)?.start_ms ?? Infinity;
  const end_ms = Math.max(start_ms + shortest_ms, Math.min(start_ms + new_ms, next_ms));
  return { cues: ordered([...cues, { id, start_ms, end_ms, text: "" }]), id };
}

export function remove(cues: Cues, id: number): Cue[] {
  return cues.filter((cue) => cue.id !== id);
}

export function troublesOf(cues: Cues, index: number): Trouble[] {
  const cue = cues[index];
  if (!cue) return [];
  const next = cues[index + 1];
  const lines = cue.text.split("\n").filter((line) => line.trim());
  const found: Record<Trouble, boolean> = {
    empty: lines.length === 0,
    overlap: next !== undefined && next.start_ms < cue.end_ms,
    fast: (1000 * lines.join("").length) / (cue.end_ms - cue.start_ms) > fastest_signs_per_s,
    wide: lines.some((line) => line.length > widest),
    tall: lines.length > tallest,
  };
  return (Object.keys(found) as Trouble[]).filter((trouble) => found[trouble]);
}

/** The first cue that keeps the list from being saved. */
export function unfit(cues: Cues): Cue | null {
  return cues.find((_, index) => troublesOf(cues, index).some((trouble) => wrong.includes(trouble))) ?? null;
}

export function toWebVtt(cues: Cues): string {
  const blocks = cues.map(({ start_ms, end_ms, text }) => `${clockOf(start_ms, ".")} --> ${clockOf(end_ms, ".")}\n${escaped(text)}\n`);
  return ["WEBVTT\n", ...blocks].join("\n");
}

/** 00:01:02.345; in pages with the mark that a catalogue wants. */
export function clockOf(ms: number, mark = "."): string {
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${[hours, minutes, seconds].map((part) => String(part).padStart(2, "0")).join(":")}${mark}${String(ms % 1000).padStart(3, "0")}`;
}

const clock = /^(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/;

/** What somebody types for a time: 62, 1:02, 1:02,5 or 0:01:02.345; null for anything else. */
export function readClock(typed: string): number | null {
  const found = clock.exec(typed.trim());
  if (!found) return null;
  const [, hours = "0", minutes = "0", seconds = "0", part = "0"] = found;
  if (found[2] !== undefined && (Number(seconds) > 59 || (found[1] !== undefined && Number(minutes) > 59))) return null;
  return 3_600_000 * Number(hours) + 60_000 * Number(minutes) + 1000 * Number(seconds) + Number(part.padEnd(3, "0"));
}

function changed(cues: Cues, id: number, change: (cue: Cue) => Cue): Cue[] {
  return ordered(cues.map((cue) => (cue.id === id ? change(cue) : cue)));
}

function ordered(cues: Cue[]): Cue[] {
  return cues.sort((a, b) => a.start_ms - b.start_ms || a.end_ms - b.end_ms || a.id - b.id);
}

function newId(cues: Cues): number {
  return cues.reduce((most, cue) => Math.max(most, cue.id), -1) + 1;
}

function clamp(value: number, least: number, most: number): number {
  return Math.round(Math.min(Math.max(value, least), most));
}

/** A line of its own is the only thing that may not stand empty in a cue. */
function escaped(text: string): string {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return safe.split("\n").filter((line) => line.trim()).join("\n");
}
