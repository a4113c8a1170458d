/**
 * The captions of what is shown, in a box of their own: shown or not is remembered, the text follows the picture.
 *
 * A film's cues count from the film's start. On a channel that start is a wall time (when the film went on air, less
 * what had been played before), and the picture's own wall time comes from PROGRAM-DATE-TIME, so the viewer's
 * distance to live needs no correcting. On demand it is simply the position.
 */

import { cuesAt, parseCues, type Cue } from "./webvtt";

export interface Captioned {
  film: string;
  /** Wall time of the film's first picture on this channel; null: the position counts. */
  start_ms: number | null;
}

const key = "topmoede.captions";

export class Captions {
  wanted = $state(localStorage.getItem(key) === "on");
  lines = $state.raw<string[]>([]);
  available = $state(false);
  private cues: readonly Cue[] = [];
  private captioned: Captioned | null = null;

  toggle(): void {
    this.wanted = !this.wanted;
    localStorage.setItem(key, this.wanted ? "on" : "off");
  }

  follow(captioned: Captioned | null): void {
    const known = captioned !== null && captioned.film === this.captioned?.film;
    this.captioned = captioned;
    if (known) return;
    this.cues = [];
    this.available = false;
    this.lines = [];
    if (captioned) void this.load(captioned.film);
  }

  show(playing_ms: number | null, position_s: number): void {
    const lines = cuesAt(this.cues, this.at_s(playing_ms, position_s)).flatMap((cue) => cue.text.split("\n"));
    if (lines.join("\n") !== this.lines.join("\n")) this.lines = lines;
  }

  private at_s(playing_ms: number | null, position_s: number): number {
    const start_ms = this.captioned?.start_ms ?? null;
    if (start_ms === null) return position_s;
    return playing_ms === null ? -1 : (playing_ms - start_ms) / 1000;
  }

  private async load(film: string): Promise<void> {
    try {
      const answer = await fetch(`/captions/${encodeURIComponent(film)}.vtt`);
      if (!answer.ok || this.captioned?.film !== film) return;
      this.cues = parseCues(await answer.text());
      this.available = this.cues.length > 0;
    } catch {
      // Without captions the picture still stands; the button says that there are none.
      this.available = false;
    }
  }
}
