/**
 * The library as it stands, kept up to date: fetched anew when something of it changes, when the show does, and when
 * the next item opens. Every page would ask in the same moment, so each waits a little of its own. A stranger hears
 * no events, and looks now and then.
 */

import type { Live } from "../../live/live.svelte";
import type { Library } from "./listing";

const jitter_ms = 1_500;
const look_again_ms = { heard: 60_000, unheard: 20_000 } as const;
const after_failure_ms = 4_000;
const concerns = new Set(["library", "show"]);

export class Openings {
  library = $state.raw<Library | null>(null);
  failed = $state(false);

  private timer: ReturnType<typeof setTimeout> | undefined;
  private due_ms = Infinity;
  private asked = 0;

  constructor(private readonly live: Live | null) {}

  /** Looks for as long as the page lives; returns how to stop. */
  start(): () => void {
    for (const topic of concerns) this.live?.topic(topic);
    const deaf = this.live?.hear((event) => concerns.has(event.topic) && this.later(Math.random() * jitter_ms));
    void this.fetch();
    return () => {
      deaf?.();
      clearTimeout(this.timer);
      this.asked += 1;
      this.due_ms = Infinity;
    };
  }

  again(): void {
    void this.fetch();
  }

  private async fetch(): Promise<void> {
    clearTimeout(this.timer);
    this.due_ms = Infinity;
    const mine = (this.asked += 1);
    const came = await fetched();
    if (mine !== this.asked) return;
    this.failed = came === null;
    this.library = came ?? this.library;
    this.later(came === null ? after_failure_ms : Math.min(untilNext_ms(came), look_again_ms[this.live ? "heard" : "unheard"]));
  }

  private later(ms: number): void {
    const due_ms = performance.now() + ms;
    if (due_ms >= this.due_ms) return;
    clearTimeout(this.timer);
    this.due_ms = due_ms;
    this.timer = setTimeout(() => void this.fetch(), ms);
  }
}

async function fetched(): Promise<Library | null> {
  try {
    const answer = await fetch("/api/library", { headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as Library) : null;
  } catch {
    return null;
  }
}

/** Until the next item opens by the clock, and a little of our own. */
function untilNext_ms({ now, items }: Library): number {
  const next = Math.min(...items.flatMap(({ opens_at }) => (opens_at ? [Date.parse(opens_at) - Date.parse(now)] : [])).filter((ms) => ms > 0));
  return Math.max(500, next) + Math.random() * jitter_ms;
}
