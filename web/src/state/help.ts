/** A person's own thread with the crew, and what the crew says to everybody is known to be wrong. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Author } from "./room";

export type What = "no_sound" | "no_picture" | "cannot_get_in" | "something_else";
export const troubles: readonly What[] = ["no_sound", "no_picture", "cannot_get_in", "something_else"];

export interface Line {
  seq: number;
  at: string;
  author: Author;
  text: string;
}

const lines_kept = 20;

export function added(lines: readonly Line[], { seq, at, data }: EventFrame): Line[] {
  return [...lines, { seq, at, author: data.by as Author, text: String(data.text) }].slice(-lines_kept);
}

// --- everybody

export interface Help {
  known?: { text: string; at: string };
}

export function evolveHelp(help: Help, { name, data, at }: EventFrame): Help {
  if (name === "known_fault_told") return { known: { text: String(data.text), at } };
  return name === "known_fault_cleared" ? {} : help;
}

// --- the one who asked

export interface OwnHelp {
  id: string;
  at: string;
  what: What;
  text?: string;
  status: "waiting" | "taken" | "settled";
  taken_by?: Author;
  lines: Line[];
}

const applied: Record<string, (thread: OwnHelp, data: Data, event: EventFrame) => OwnHelp> = {
  own_help_added: (thread, _, event) => ({ ...thread, lines: added(thread.lines, event) }),
  own_help_taken: (thread, { by }) => ({ ...thread, status: "taken", taken_by: by as Author }),
  own_help_released: ({ taken_by: _, ...thread }) => ({ ...thread, status: "waiting" }),
  own_help_answered: (thread, { by }, event) => ({ ...thread, status: "taken", taken_by: by as Author, lines: added(thread.lines, event) }),
  own_help_settled: (thread) => ({ ...thread, status: "settled" }),
};

/** The newest thread alone; an event about another changes nothing. */
export function evolveOwnHelp(thread: OwnHelp | undefined, event: EventFrame): OwnHelp | undefined {
  const { name, data, at } = event;
  if (name === "own_help_asked") {
    const { request, what, text } = data as { request: string; what: What; text?: string };
    return { id: request, at, what, ...(text === undefined ? {} : { text }), status: "waiting", lines: [] };
  }
  return thread && data.request === thread.id ? (applied[name]?.(thread, data, event) ?? thread) : thread;
}
