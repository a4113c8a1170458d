/** The table, fetched anew when the library or the day has moved, and when something opens by the clock. */

import type { Live } from "../../live/live.svelte";
import { nextMoment_ms, type Table } from "./table";

const AGAIN_MS = 3_000;
const TOGETHER_MS = 150;
const LONGEST_MS = 60_000;

export class TableKeeper {
  table = $state.raw<Table | null>(null);
  lost = $state(false);

  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor(private readonly live: Live) {}

  /** What it depends on has changed; returns how to stop. */
  follow(..._states: unknown[]): () => void {
    this.in(TOGETHER_MS);
    return () => clearTimeout(this.timer);
  }

  private in(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.fetch(), ms);
  }

  private async fetch(): Promise<void> {
    const asked = ++this.asked;
    const found = await fetched();
    if (asked !== this.asked) return;
    this.lost = found === null;
    if (found === null) return this.in(AGAIN_MS);
    this.table = found;
    const now_ms = Date.parse(found.now);
    const next_ms = nextMoment_ms(found, now_ms);
    // The day's clock may run faster than the wall; a wait is looked at anew now and then.
    if (next_ms !== null) this.in(Math.min(LONGEST_MS, Math.max(1_000, next_ms - this.live.now.show_ms)));
  }
}

async function fetched(): Promise<Table | null> {
  try {
    const answer = await fetch("/api/library/table");
    return answer.ok ? ((await answer.json()) as Table) : null;
  } catch {
    return null;
  }
}
