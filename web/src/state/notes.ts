/** A room's notes as the log has them: Yjs updates in base64, oldest first. The text is made of them elsewhere. */

import type { Data, EventFrame } from "../realtime/frames";

export interface Notes {
  room: string;
  /** How often they were emptied: a copy from before is worth nothing. */
  emptied: number;
  updates: string[];
}

type Apply = (notes: Notes, data: Data) => Notes;

const applied: Record<string, Apply> = {
  notes_changed: (notes, { update }) => ({ ...notes, updates: [...notes.updates, String(update)] }),
  notes_packed: (notes, { update }) => ({ ...notes, updates: [String(update)] }),
  notes_emptied: (notes) => ({ ...notes, emptied: notes.emptied + 1, updates: [] }),
};

export function evolveNotes(notes: Notes, event: EventFrame): Notes {
  return applied[event.name]?.(notes, event.data) ?? notes;
}
