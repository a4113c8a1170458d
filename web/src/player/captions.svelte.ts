/**
 * The captions of what is shown, in a box of their own: shown or not is remembered, the text follows the picture.
 *
 * A film's cues count from the film's start. On a channel that start is a wall time, and the picture's own wall time
 * comes from PROGRAM-DATE-TIME, so a viewer's distance to live needs no correcting: what is on air is known before
 * the viewer sees it, and what was on is still being watched, so the last few are kept. On demand the film's time is
 * simply the position.
 */

import { cuesAt, parseCues, type Cue } from "./webvtt";

export interface Showing {
  /** Null: something without captions. */
  film: string | null;
  /** Wall time of its first picture on the channel; null: the position counts. */
  start_ms: number | null;
}

type LoadCues = (film: string) => Promise<Cue[]>;

const key = "topmoede.captions";
const showings_kept = 4;

export class Captions {
  wanted = $state(localStorage.getItem(key) === "on");
  lines = $state.raw<string[]>([]);
  /** What is seen now has captions. */
  available = $state(false);
  private showings: Showing[] = [];
  private readonly cues = new Map<string, readonly Cue[]>();

  constructor(private readonly load: LoadCues = fetchCues) {}

  toggle(): void {
    this.wanted = !this.wanted;
    localStorage.setItem(key, this.wanted ? "on" : "off");
  }

  /** Another address: nothing of what was shown before is seen any more. */
  begin(showing: Showing | null): void {
    this.showings = [];
    this.lines = [];
    this.available = false;
    if (showing) this.follow(showing);
  }

  /** On the same address something else begins. */
  follow(showing: Showing): void {
    const last = this.showings.at(-1);
    if (last?.film === showing.film && last.start_ms === showing.start_ms) return;
    this.showings = [...this.showings, showing].slice(-showings_kept);
    this.look();
  }

  /** There is a picture now: captions that were not there before it may be there with it. */
  look(): void {
    const film = this.showings.at(-1)?.film ?? null;
    if (film !== null && !this.cues.get(film)?.length) void this.fetch(film);
  }

  show(playing_ms: number | null, position_s: number): void {
    const seen = this.showings.findLast(({ start_ms }) => start_ms === null || (playing_ms !== null && start_ms <= playing_ms));
    const cues = this.cues.get(seen?.film ?? "") ?? [];
    const at_s = seen?.start_ms == null || playing_ms === null ? position_s : (playing_ms - seen.start_ms) / 1000;
    const lines = cuesAt(cues, at_s).flatMap((cue) => cue.text.split("\n"));
    this.available = cues.length > 0;
    if (lines.join("\n") !== this.lines.join("\n")) this.lines = lines;
  }

  private async fetch(film: string): Promise<void> {
    this.cues.set(film, []);
    this.cues.set(film, await this.load(film));
  }
}

/** Without captions the picture still stands: whatever goes wrong here means that there are none. */
async function fetchCues(film: string, query = ""): Promise<Cue[]> {
  try {
    const answer = await fetch(`/captions/${encodeURIComponent(film)}.vtt${query}`);
    return answer.ok ? parseCues(await answer.text()) : [];
  } catch {
    return [];
  }
}

/** Captions for whoever carries a pass instead of a session. */
export function cuesWithPass(pass: string): LoadCues {
  return (film) => fetchCues(film, `?pass=${encodeURIComponent(pass)}`);
}
