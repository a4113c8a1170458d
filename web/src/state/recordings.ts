/** Where each item's replay begins and ends, and whether a person has looked at it. */

import type { Data, EventFrame } from "../realtime/frames";

export interface Cut {
  number: number;
  run: number;
  since: string;
  start_ticks: number | null;
  end_ticks: number | null;
}

export interface Recording {
  run: number;
  state: "rough" | "clean" | "deleted";
  deleted_run: number;
  cuts: Cut[];
}

export interface Recordings {
  items: Record<string, Recording>;
}

const most_cuts = 20;

type Apply = (known: Recording | undefined, data: Data, at: string) => Recording | undefined;

const ticks = (value: unknown): number | null => (typeof value === "number" ? value : null);

const applied: Record<string, Apply> = {
  recording_ready: (known, { run }, at) => ({
    run: Number(run),
    state: "rough",
    deleted_run: known?.deleted_run ?? 0,
    cuts: !known || known.state === "deleted" ? [{ number: 0, run: Number(run), since: at, start_ticks: null, end_ticks: null }] : known.cuts,
  }),
  recording_cut: (known, { cut, start_ticks, end_ticks }, at) =>
    known && {
      ...known,
      state: "rough",
      cuts: [...known.cuts, { number: Number(cut), run: known.run, since: at, start_ticks: ticks(start_ticks), end_ticks: ticks(end_ticks) }].slice(-most_cuts),
    },
  cut_approved: (known) => known && { ...known, state: "clean" },
  recording_deleted: (known, { run }) => known && { ...known, state: "deleted", deleted_run: Number(run) },
};

export function evolveRecordings(recordings: Recordings, { name, data, at }: EventFrame): Recordings {
  const item = String(data.item);
  const changed = applied[name]?.(recordings.items[item], data, at);
  return changed ? { items: { ...recordings.items, [item]: changed } } : recordings;
}

const whole: Cut = { number: 0, run: 1, since: "", start_ticks: null, end_ticks: null };

/** The cut that counts; there always is one. */
export function cutOf(recording: Recording): Cut {
  return recording.cuts.at(-1) ?? whole;
}
