/**
 * One person's copy of a room's notes.
 *
 * What is typed is in the copy at once, and waits in `unsent`; one order is under way at a time, and what was typed
 * meanwhile goes with the next. What the log tells is taken in whenever it comes: the same update twice, or one's own,
 * changes nothing. What waits is kept beside the page too, so that closing it without a line loses nothing. When the
 * server lacks something that a change stands on, it is sent everything that it lacks.
 */

import * as Y from "yjs";
import type { Answer } from "../../../realtime/client";
import type { Notes } from "../../../state/notes";
import { editBetween, parts } from "./edits";

/** Below what an order may hold, as bytes; in base64 a third more. */
const order_bytes = 4_000;
const part_units = 1_000;
const log = "log";

export interface Edge {
  send: (update: string) => Promise<Answer>;
  discard: (id: string) => void;
  /** The text is another than it was. */
  changed: () => void;
  /** Ask for a flush after a while. */
  later: (ms: number) => void;
  /** Write down what waits, for the next time the page is opened. */
  keep: (waiting: Kept) => void;
}

/** What waits to be sent, and how often the notes had been emptied when it was written. */
export interface Kept {
  emptied: number | null;
  updates: string[];
}

export class NotesDoc {
  /** The code of a refusal that waiting does not cure. */
  refused: string | null = null;

  private doc = new Y.Doc();
  private unsent: Uint8Array[] = [];
  private underWay: Uint8Array | null = null;
  private heard = new Set<string>();
  private updates: readonly string[] = [];
  private emptied: number | null;

  constructor(
    private readonly edge: Edge,
    kept: Kept | null = null,
  ) {
    this.begin();
    this.emptied = kept?.emptied ?? null;
    this.unsent = (kept?.updates ?? []).map(fromBase64);
    for (const update of this.unsent) Y.applyUpdate(this.doc, update, log);
  }

  get text(): string {
    return this.doc.getText("notes").toString();
  }

  get isSaved(): boolean {
    return this.unsent.length === 0 && this.underWay === null;
  }

  /** The text as somebody has it before them now. */
  write(text: string): void {
    const { at, removed, inserted } = editBetween(this.text, text);
    const shared = this.doc.getText("notes");
    if (removed > 0) shared.delete(at, removed);
    let to = at;
    for (const part of parts(inserted, part_units)) {
      shared.insert(to, part);
      to += part.length;
    }
  }

  /** Take in the log's state. */
  receive(notes: Notes): void {
    const isOld = this.emptied !== null && this.emptied !== notes.emptied;
    this.updates = notes.updates;
    this.emptied = notes.emptied;
    if (isOld) this.startOver();
    for (const update of notes.updates) {
      if (update === "" || this.heard.has(update)) continue;
      Y.applyUpdate(this.doc, fromBase64(update), log);
    }
    this.heard = new Set(notes.updates);
    this.edge.changed();
  }

  /** Send what waits, unless something is under way. */
  async flush(): Promise<void> {
    if (this.underWay !== null || this.unsent.length === 0) return;
    const update = (this.underWay = this.take());
    const answer = await this.edge.send(toBase64(update));
    this.underWay = null;
    if (answer.ok) this.refused = null;
    else this.receiveRefusal(update, answer.refused);
    this.keepWhatWaits();
    this.edge.changed();
    if (answer.ok && this.unsent.length > 0) await this.flush();
  }

  private begin(): void {
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === log) return;
      this.refused = null;
      this.unsent.push(update);
      this.keepWhatWaits();
    });
  }

  private startOver(): void {
    this.doc.destroy();
    this.doc = new Y.Doc();
    this.unsent = [];
    this.heard = new Set();
    this.begin();
    this.keepWhatWaits();
  }

  private take(): Uint8Array {
    let [count, bytes] = [0, 0];
    for (const update of this.unsent) {
      bytes += update.length;
      if (count > 0 && bytes > order_bytes) break;
      count += 1;
    }
    return Y.mergeUpdates(this.unsent.splice(0, count));
  }

  private receiveRefusal(update: Uint8Array, refused: { id: string | null; code: string; retry_ms?: number }): void {
    if (refused.id !== null) this.edge.discard(refused.id);
    if (refused.code === "notes_gap") {
      this.unsent = [this.lackedByTheLog()];
      this.edge.later(0);
      return;
    }
    this.unsent.unshift(update);
    if (refused.retry_ms !== undefined) this.edge.later(refused.retry_ms);
    else this.refused = refused.code;
  }

  private lackedByTheLog(): Uint8Array {
    const logged = new Y.Doc();
    for (const update of this.updates) if (update !== "") Y.applyUpdate(logged, fromBase64(update));
    return Y.encodeStateAsUpdate(this.doc, Y.encodeStateVector(logged));
  }

  private keepWhatWaits(): void {
    const waiting = this.underWay === null ? this.unsent : [this.underWay, ...this.unsent];
    this.edge.keep({ emptied: this.emptied, updates: waiting.map(toBase64) });
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}
