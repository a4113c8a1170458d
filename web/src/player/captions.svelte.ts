/**
 * The captions of what is shown, in a box of their own: shown or not is remembered, the text follows the picture.
 *
 * A film's cues count from the film's start. On a channel that start is a wall time, and the picture's own wall time
 * comes from PROGRAM-DATE-TIME, so a viewer's distance to live needs no correcting: what is on air is known before
 * the viewer sees it, and what was on is still being watched, so the last few are kept.
 *
 * A recording's captions are its item's, whatever made it, and count from its beginning: there may be several tracks,
 * of which one is chosen and remembered. When
 * somebody has changed them, they are fetched anew (`renew`), and the old ones stand until the new ones are there. Many
 * may watch: so they do not all ask in the same moment.
 */

import { chosenOf, fetchedCaptions, idOf, type ItemCaptions, type Track } from "./itemcaptions";
import { cuesAt, parseCues, type Cue } from "./webvtt";

export interface Showing {
  /** Null: something without captions. */
  film: string | null;
  /** Whose recording it is; its captions count instead of a film's. */
  item?: string;
  /** Wall time of its first picture on the channel; null: the position counts. */
  start_ms: number | null;
}

type LoadCues = (film: string) => Promise<Cue[]>;

const key = "topmoede.captions";
const track_key = "topmoede.captions.track";
const renewed_within_ms = 1_500;
const showings_kept = 4;

export class Captions {
  wanted = $state(localStorage.getItem(key) === "on");
  lines = $state.raw<string[]>([]);
  /** What is seen now has captions. */
  available = $state(false);
  /** What can be chosen; empty on a channel. */
  tracks = $state.raw<readonly Track[]>([]);
  chosen = $state.raw<Track | null>(null);
  private choice = localStorage.getItem(track_key) ?? "da";
  private held: readonly Cue[] | null = null;
  private readonly versions = new Map<string, string>();
  private asked = 0;
  private showings: Showing[] = [];
  private readonly cues = new Map<string, readonly Cue[]>();

  constructor(
    private readonly load: LoadCues = fetchCues,
    private readonly items: ItemCaptions = fetchedCaptions(),
    private readonly wait: (act: () => void) => void = (act) => setTimeout(act, Math.random() * renewed_within_ms),
  ) {}

  get language(): string {
    return this.chosen?.language ?? "da";
  }

  get chosenId(): string {
    return this.chosen ? idOf(this.chosen) : "";
  }

  toggle(): void {
    this.wanted = !this.wanted;
    localStorage.setItem(key, this.wanted ? "on" : "off");
  }

  /** Another address: nothing of what was shown before is seen any more. */
  begin(showing: Showing | null): void {
    this.showings = [];
    this.lines = [];
    this.available = false;
    this.tracks = [];
    this.chosen = null;
    if (showing) this.follow(showing);
  }

  /** On the same address something else begins. */
  follow(showing: Showing): void {
    const last = this.showings.at(-1);
    if (last?.film === showing.film && last.item === showing.item && last.start_ms === showing.start_ms) return;
    this.showings = [...this.showings, showing].slice(-showings_kept);
    if (showing.item === undefined) this.look();
    else void this.fetchItem(showing.item);
  }

  /** There is a picture now: captions that were not there before it may be there with it. */
  look(): void {
    const { film = null, item } = this.showings.at(-1) ?? {};
    // Asked of what is not reactive: who follows a page's choice must not follow what is fetched for it.
    if (item !== undefined && !this.cues.get(`item:${item}`)?.length) void this.fetchItem(item);
    if (film !== null && !this.cues.get(film)?.length) void this.fetch(film);
  }

  /** The captions of an item are another version; null while that is not known. */
  renew(item: string, version: string | null): void {
    const known = this.versions.get(item);
    if (version === null || version === known) return;
    this.versions.set(item, version);
    const again = (): void => void (this.showings.at(-1)?.item === item && this.fetchItem(item));
    if (known === undefined) again();
    else this.wait(again);
  }

  choose(id: string): void {
    this.choice = id;
    localStorage.setItem(track_key, id);
    const item = this.showings.at(-1)?.item;
    if (item !== undefined) void this.fetchItem(item);
  }

  /** Somebody is writing them: these are shown, whatever is stored. */
  hold(cues: readonly Cue[] | null): void {
    this.held = cues;
  }

  show(playing_ms: number | null, position_s: number): void {
    const seen = this.showings.findLast(({ start_ms }) => start_ms === null || (playing_ms !== null && start_ms <= playing_ms));
    const cues = this.held ?? this.cues.get(seen ? keyOf(seen) : "") ?? [];
    const at_s = seen?.start_ms == null || playing_ms === null ? position_s : (playing_ms - seen.start_ms) / 1000;
    const lines = cuesAt(cues, at_s).flatMap((cue) => cue.text.split("\n"));
    this.available = cues.length > 0;
    if (lines.join("\n") !== this.lines.join("\n")) this.lines = lines;
  }

  /** The last who asked is answered: what was chosen meanwhile counts. */
  private async fetchItem(item: string): Promise<void> {
    const asked = ++this.asked;
    const tracks = await this.items.tracks(item);
    const chosen = chosenOf(tracks, this.choice);
    const cues = chosen ? await this.items.cues(item, chosen) : [];
    if (asked !== this.asked) return;
    this.cues.set(keyOf({ film: null, item, start_ms: null }), cues);
    this.tracks = tracks;
    this.chosen = chosen;
  }

  private async fetch(film: string): Promise<void> {
    this.cues.set(film, []);
    this.cues.set(film, await this.load(film));
  }
}

function keyOf({ film, item }: Showing): string {
  return item === undefined ? (film ?? "") : `item:${item}`;
}

/** Without captions the picture still stands: whatever goes wrong here means that there are none. */
async function fetchCues(film: string): Promise<Cue[]> {
  try {
    const answer = await fetch(`/captions/${encodeURIComponent(film)}.vtt`);
    return answer.ok ? parseCues(await answer.text()) : [];
  } catch {
    return [];
  }
}

/** Captions of recordings for whoever carries a pass instead of a session. */
export function captionsWithPass(pass: string): Captions {
  return new Captions(fetchCues, fetchedCaptions(pass));
}
