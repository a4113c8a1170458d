/** A room's notes on this page: the copy, what it sends, what it keeps between two visits. */

import type { Live } from "../../../live/live.svelte";
import type { Notes } from "../../../state/notes";
import { NotesDoc, type Kept } from "./notesdoc";

const after_typing_ms = 400;

export class RoomNotes {
  text = $state("");
  isSaved = $state(true);
  refused = $state<string | null>(null);

  private readonly doc: NotesDoc;
  /** What an earlier visit kept is sent once it is known that the notes were not emptied since. */
  private isFirst = true;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(live: Live, room: string) {
    const topic = `notes:${room}`;
    const place = placeOf(live.me.id, room);
    const kept = takeKept(place);
    this.doc = new NotesDoc(
      {
        send: (update) => live.do(topic, "change_notes", { update }),
        discard: (id) => live.discard(id),
        changed: () => this.refresh(),
        later: (ms) => this.soon(ms),
        keep: (waiting) => keep(`${place}${tab}`, waiting),
      },
      kept,
    );
    this.refresh();
    if (kept !== null) keep(`${place}${tab}`, kept);
  }

  receive(notes: Notes): void {
    this.doc.receive(notes);
    if (this.isFirst && !this.doc.isSaved) this.soon(0);
    this.isFirst = false;
  }

  write(text: string): void {
    this.doc.write(text);
    this.refresh();
    this.soon(after_typing_ms);
  }

  /** Whoever turns away has finished a thought: it is sent at once. */
  leave(): void {
    clearTimeout(this.timer);
    void this.doc.flush();
  }

  private soon(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.doc.flush(), ms);
  }

  private refresh(): void {
    this.text = this.doc.text;
    this.isSaved = this.doc.isSaved;
    this.refused = this.doc.refused;
  }
}

/** Each tab keeps its own, so that two of one person's never overwrite each other. */
const tab = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? "";

function placeOf(person: string, room: string): string {
  return `topmoede.notes.${person}.${room}/`;
}

/** Whether something was typed here that may not have been sent. */
export function hasKeptNotes(person: string, room: string): boolean {
  return keysOf(placeOf(person, room)).length > 0;
}

/** Takes over from whoever kept it: of several, what was written since the notes were emptied last. */
function takeKept(place: string): Kept | null {
  const keys = keysOf(place);
  const all = keys.map((key) => JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Kept>);
  keys.forEach((key) => localStorage.removeItem(key));
  if (all.length === 0) return null;
  const emptied = Math.max(...all.map((kept) => kept.emptied ?? 0));
  const newest = all.filter((kept) => (kept.emptied ?? 0) === emptied);
  return { emptied, updates: newest.flatMap((kept) => kept.updates ?? []) };
}

function keysOf(place: string): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(place));
}

function keep(key: string, waiting: Kept): void {
  if (waiting.updates.length === 0) localStorage.removeItem(key);
  else localStorage.setItem(key, JSON.stringify(waiting));
}
