/** Undo and redo: whole lists, for they share their cues. Typing on in one cue is one step. */

import type { Cues } from "./cues";

export interface History {
  past: readonly Cues[];
  now: Cues;
  future: readonly Cues[];
  /** What the last step did; the same again goes on with it. */
  doing: string | null;
}

const steps_kept = 200;

export function begun(now: Cues): History {
  return { past: [], now, future: [], doing: null };
}

/** @param doing names a step that may go on, such as the writing of one cue; null for one that stands alone. */
export function done(history: History, now: Cues, doing: string | null = null): History {
  if (same(history.now, now)) return history;
  if (doing !== null && doing === history.doing) return { ...history, now, future: [] };
  return { past: [...history.past, history.now].slice(-steps_kept), now, future: [], doing };
}

export function undone(history: History): History {
  const now = history.past.at(-1);
  if (now === undefined) return history;
  return { past: history.past.slice(0, -1), now, future: [history.now, ...history.future], doing: null };
}

export function redone(history: History): History {
  const [now, ...future] = history.future;
  if (now === undefined) return history;
  return { past: [...history.past, history.now], now, future, doing: null };
}

export function same(a: Cues, b: Cues): boolean {
  return a.length === b.length && a.every((cue, index) => {
    const other = b[index];
    return other !== undefined && cue.id === other.id && cue.start_ms === other.start_ms && cue.end_ms === other.end_ms && cue.text === other.text;
  });
}
