/**
 * One track of an item's captions while it is edited: what stands there, what was saved, what came between.
 *
 * Whatever is not saved is kept as a draft after every step. Saving names the version that the text was made from; when
 * somebody else has saved meanwhile the server refuses, and both texts stay: one's own on the page, the other's on the
 * server. Taking the other's is a step like any other, which can be undone.
 */

import { fetchedCaptions, type ItemCaptions, type Track, type TrackKind } from "../../player/itemcaptions";
import { Refused, type Refusal } from "../films/tusupload";
import { cuesFrom, toWebVtt, unfit, type Cue, type Cues } from "./cues";
import { Drafts, type Draft } from "./drafts";
import { begun, done, redone, same, undone, type History } from "./history";
import { putItemCaptions, removeItemCaptions } from "./itemcaptionfile";

export interface Around {
  captions: ItemCaptions;
  put: typeof putItemCaptions;
  remove: typeof removeItemCaptions;
  drafts: Drafts;
  now: () => Date;
}

export const browser = (): Around => ({
  captions: fetchedCaptions(),
  put: putItemCaptions,
  remove: removeItemCaptions,
  drafts: new Drafts(localStorage),
  now: () => new Date(),
});

export class Editing {
  history = $state.raw<History>(begun([]));
  selected = $state<number | null>(null);
  loading = $state(true);
  saving = $state(false);
  /** Saved just now, and nothing changed since. */
  justSaved = $state(false);
  /** Somebody else has saved another text. */
  conflict = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  draft = $state.raw<Draft | null>(null);
  draftKept = $state(true);
  version = $state("");
  private saved = $state.raw<Cues>([]);

  constructor(
    readonly item: string,
    readonly language: string,
    readonly kind: TrackKind,
    private readonly around: Around = browser(),
  ) {}

  get cues(): Cues {
    return this.history.now;
  }

  get dirty(): boolean {
    return !same(this.cues, this.saved);
  }

  get cue(): Cue | null {
    return this.cues.find(({ id }) => id === this.selected) ?? null;
  }

  async load(): Promise<void> {
    const { version, cues } = await this.stored();
    this.version = version;
    this.saved = cues;
    this.history = begun(cues);
    this.selected = cues[0]?.id ?? null;
    this.draft = this.around.drafts.of(this.item, this.track);
    this.loading = false;
  }

  /** @param doing names a step that may go on, such as typing in one cue. */
  step(cues: Cues, doing: string | null = null): void {
    this.history = done(this.history, cues, doing);
    this.changed();
  }

  undo(): void {
    this.history = undone(this.history);
    this.changed();
  }

  redo(): void {
    this.history = redone(this.history);
    this.changed();
  }

  takeDraft(): void {
    if (!this.draft) return;
    this.conflict = this.draft.version !== this.version;
    this.step(this.draft.cues);
    this.draft = null;
  }

  dropDraft(): void {
    this.draft = null;
    this.around.drafts.drop(this.item, this.track);
  }

  async save(): Promise<void> {
    if (this.saving || this.cues.length === 0) return;
    const bad = unfit(this.cues);
    if (bad) {
      this.selected = bad.id;
      this.refusal = { code: "unfit", facts: {} };
      return;
    }
    const cues = this.cues;
    await this.trying(async () => {
      const { version } = await this.around.put(this.item, this.language, this.kind, toWebVtt(cues), this.version);
      this.version = version;
      this.saved = cues;
      this.justSaved = !this.dirty;
      this.conflict = false;
      this.keep();
    });
  }

  /** One's own in the place of whatever somebody else has saved. */
  async keepMine(): Promise<void> {
    this.version = (await this.trackThere())?.version ?? "";
    await this.save();
  }

  /** The other's on the page; undo brings one's own back. */
  async takeTheirs(): Promise<void> {
    const { version, cues } = await this.stored();
    const first = Math.max(-1, ...this.cues.map(({ id }) => id)) + 1;
    const theirs = cues.map((cue) => ({ ...cue, id: cue.id + first }));
    this.version = version;
    this.saved = theirs;
    this.conflict = false;
    this.step(theirs);
    this.selected = theirs[0]?.id ?? null;
  }

  async takeFile(file: Blob): Promise<void> {
    const done = await this.trying(async () => {
      await this.around.put(this.item, this.language, this.kind, file, this.version);
    });
    if (done) await this.takeTheirs();
  }

  async removeAll(): Promise<void> {
    const done = await this.trying(() => this.around.remove(this.item, this.language, this.kind));
    if (done) await this.takeTheirs();
  }

  /** The library tells that the item's captions are others: perhaps these. */
  async renewed(): Promise<void> {
    if (this.loading || this.saving) return;
    const there = (await this.trackThere())?.version ?? "";
    if (this.saving || there === this.version) return;
    if (this.dirty) this.conflict = true;
    else await this.takeTheirs();
  }

  private get track(): string {
    return `${this.language}.${this.kind}`;
  }

  private async trackThere(): Promise<Track | null> {
    const tracks = await this.around.captions.tracks(this.item);
    return tracks.find(({ language, kind }) => language === this.language && kind === this.kind) ?? null;
  }

  private async stored(): Promise<{ version: string; cues: Cue[] }> {
    const track = await this.trackThere();
    return { version: track?.version ?? "", cues: track ? cuesFrom(await this.around.captions.cues(this.item, track)) : [] };
  }

  private changed(): void {
    this.justSaved = false;
    this.refusal = null;
    if (!this.cues.some(({ id }) => id === this.selected)) this.selected = this.cues[0]?.id ?? null;
    this.keep();
  }

  private keep(): void {
    if (!this.dirty) return this.around.drafts.drop(this.item, this.track);
    const draft = { version: this.version, at: this.around.now().toISOString(), cues: [...this.cues] };
    this.draftKept = this.around.drafts.keep(this.item, this.track, draft);
  }

  private async trying(act: () => Promise<void>): Promise<boolean> {
    this.saving = true;
    this.refusal = null;
    try {
      await act();
      return true;
    } catch (error) {
      const refusal = error instanceof Refused ? error.refusal : { code: "other", facts: {} };
      if (refusal.code === "captions_changed") this.conflict = true;
      else this.refusal = refusal;
      return false;
    } finally {
      this.saving = false;
    }
  }
}
