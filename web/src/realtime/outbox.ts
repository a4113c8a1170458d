/**
 * What this person has asked for and not been answered.
 *
 * A lasting entry is written down before it is sent, survives a reload and is sent again with the same id until
 * the server accepts or refuses; the server makes sure that it counts once. Each entry has a key of its own in
 * the store, so that two tabs of one person never overwrite each other. A passing entry (a moderator's key
 * press) lives in memory and gives up after its patience, because an order that arrives a minute late is another
 * order.
 */

import type { Data, Refused } from "./frames";

export interface Entry {
  id: string;
  topic: string;
  name: string;
  data: Data;
  made_ms: number;
  /** Null: lasting. Otherwise it is given up so long after it was made. */
  patience_ms: number | null;
  refused: Refused | null;
}

export interface Store {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Outbox {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly store: Store,
    private readonly person: string,
  ) {
    for (const entry of this.stored()) this.entries.set(entry.id, entry);
  }

  /** Oldest first: ids sort by the time they were made. */
  list(): Entry[] {
    return [...this.entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  waiting(): Entry[] {
    return this.list().filter((entry) => entry.refused === null);
  }

  add(entry: Entry): void {
    this.keep(entry);
  }

  receiveDone(id: string): Entry | null {
    return this.drop(id);
  }

  /** A lasting entry stays, with its reason, until the person sends it again or lets it go. */
  receiveRefused(id: string, refused: Refused): Entry | null {
    const entry = this.entries.get(id);
    if (!entry) return null;
    if (entry.patience_ms !== null) return this.drop(id);
    const marked = { ...entry, refused };
    this.keep(marked);
    return marked;
  }

  retry(id: string): Entry | null {
    const entry = this.entries.get(id);
    if (!entry) return null;
    const again = { ...entry, refused: null };
    this.keep(again);
    return again;
  }

  drop(id: string): Entry | null {
    const entry = this.entries.get(id) ?? null;
    this.entries.delete(id);
    this.quietly(() => this.store.removeItem(this.keyOf(id)));
    return entry;
  }

  /** Takes out and returns what has waited longer than its patience. */
  giveUp(now_ms: number): Entry[] {
    const late = this.waiting().filter((e) => e.patience_ms !== null && now_ms - e.made_ms >= e.patience_ms);
    for (const entry of late) this.entries.delete(entry.id);
    return late;
  }

  private keep(entry: Entry): void {
    this.entries.set(entry.id, entry);
    if (entry.patience_ms === null) this.quietly(() => this.store.setItem(this.keyOf(entry.id), JSON.stringify(entry)));
  }

  private keyOf(id: string): string {
    return `topmoede.outbox.${this.person}.${id}`;
  }

  private stored(): Entry[] {
    const prefix = this.keyOf("");
    const found: Entry[] = [];
    for (let index = 0; index < this.store.length; index += 1) {
      const key = this.store.key(index);
      if (key?.startsWith(prefix)) found.push(...this.read(key));
    }
    return found;
  }

  private read(key: string): Entry[] {
    try {
      return [JSON.parse(this.store.getItem(key) ?? "") as Entry];
    } catch {
      return [];
    }
  }

  /** A full or forbidden store must not stop a message that can still be sent. */
  private quietly(write: () => void): void {
    try {
      write();
    } catch {
      return;
    }
  }
}
