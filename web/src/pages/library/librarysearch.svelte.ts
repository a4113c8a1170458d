/** Searching the library: asked of the server when somebody has stopped typing; the last question counts. */

export interface Piece {
  text: string;
  hit?: true;
}

export interface Passage {
  kind: "title" | "person" | "text" | "document" | "question" | "caption";
  pieces: Piece[];
  at_s?: number;
  language?: string;
}

export interface ItemFound {
  item: string;
  hits: number;
  found: Passage[];
}

export type Finding = "idle" | "short" | "looking" | "found" | "fast" | "failed";

const after_typing_ms = 300;
const least_letters = 2;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class LibrarySearch {
  state = $state<Finding>("idle");
  items = $state.raw<ItemFound[]>([]);

  private timer: ReturnType<typeof setTimeout> | undefined;
  private under_way: AbortController | undefined;

  constructor(private readonly fetch: Fetch = (url, init) => globalThis.fetch(url, init)) {}

  typed(text: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(text), after_typing_ms);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.under_way?.abort();
  }

  async ask(text: string): Promise<void> {
    this.stop();
    const asked = text.trim();
    if (asked.length < least_letters) {
      this.items = [];
      this.state = asked === "" ? "idle" : "short";
      return;
    }
    const mine = (this.under_way = new AbortController());
    this.state = "looking";
    try {
      const answer = await this.fetch(`/api/search?${new URLSearchParams({ q: asked })}`, { signal: mine.signal });
      const body = answer.ok ? ((await answer.json()) as { items: ItemFound[] }) : null;
      if (mine !== this.under_way || mine.signal.aborted) return;
      this.items = body?.items ?? [];
      this.state = body ? "found" : answer.status === 429 ? "fast" : answer.status === 400 ? "short" : "failed";
    } catch {
      if (mine === this.under_way && !mine.signal.aborted) this.state = "failed";
    }
  }
}
