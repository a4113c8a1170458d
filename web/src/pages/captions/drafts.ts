/** What is being written, kept on this machine until it is saved: a tab that dies loses nothing. */

import type { Cue } from "./cues";

export interface Draft {
  /** The version it was made from; empty for none. */
  version: string;
  /** When it was last changed. */
  at: string;
  cues: Cue[];
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class Drafts {
  constructor(private readonly store: Store) {}

  of(item: string, track: string): Draft | null {
    try {
      const draft = JSON.parse(this.store.getItem(keyOf(item, track)) ?? "null") as Draft | null;
      return draft !== null && Array.isArray(draft.cues) ? draft : null;
    } catch {
      return null;
    }
  }

  /** Whether there was room for it. */
  keep(item: string, track: string, draft: Draft): boolean {
    try {
      this.store.setItem(keyOf(item, track), JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }

  drop(item: string, track: string): void {
    this.store.removeItem(keyOf(item, track));
  }
}

function keyOf(item: string, track: string): string {
  return `topmoede.captions.draft.${item}.${track}`;
}
