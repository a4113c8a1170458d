/** Searching a room: asked of the server when somebody has stopped typing; the last question counts. */

import type { Author } from "../../../state/room";

export interface Hit {
  id: string;
  seq: number;
  at: string;
  author: Author;
  text: string;
}

export type Finding = "idle" | "short" | "looking" | "found" | "failed";

const after_typing_ms = 300;
const least_letters = 2;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class RoomSearch {
  state = $state<Finding>("idle");
  hits = $state.raw<Hit[]>([]);
  more = $state(false);

  private asked = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private under_way: AbortController | undefined;

  constructor(
    private readonly room: string,
    private readonly fetch: Fetch = (url, init) => globalThis.fetch(url, init),
  ) {}

  /** Ask for this soon, unless something else is typed first. */
  typed(text: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(text), after_typing_ms);
  }

  async ask(text: string): Promise<void> {
    this.stop();
    this.asked = text.trim();
    this.hits = [];
    this.more = false;
    const letters = this.asked.replace(/\s/g, "").length;
    if (letters < least_letters) this.state = letters === 0 ? "idle" : "short";
    else await this.read();
  }

  /** The same words, further back. */
  async older(): Promise<void> {
    this.stop();
    await this.read(this.hits.at(-1)?.seq);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.under_way?.abort();
  }

  private async read(before?: number): Promise<void> {
    const giveUp = (this.under_way = new AbortController());
    const query = new URLSearchParams({ q: this.asked, ...(before === undefined ? {} : { before: String(before) }) });
    this.state = "looking";
    try {
      const answer = await this.fetch(`/api/rooms/${encodeURIComponent(this.room)}/search?${query}`, { signal: giveUp.signal });
      const body = answer.ok ? ((await answer.json()) as { items: Hit[]; more: boolean }) : null;
      if (giveUp !== this.under_way || giveUp.signal.aborted) return;
      if (body !== null) [this.hits, this.more] = [[...this.hits, ...body.items], body.more];
      this.state = body === null ? "failed" : "found";
    } catch {
      if (giveUp === this.under_way && !giveUp.signal.aborted) this.state = "failed";
    }
  }
}
