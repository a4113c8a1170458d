/** The browser's own HLS, where there is no media source to write to (iPhone before iOS 17.1). */

import type { Engine, EngineListener, Opening, Span } from "./engine";

/** Safari's own: the date of the element's time zero. */
interface DatedVideo extends HTMLVideoElement {
  getStartDate?(): Date;
}

const again_ms = 2_000;

export class NativeEngine implements Engine {
  readonly name = "native";
  /** The browser chooses by itself, and cannot be told. */
  readonly renditions = 1;
  private opening: Opening | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private listening = new AbortController();

  constructor(
    private readonly video: DatedVideo,
    private readonly listener: EngineListener,
  ) {}

  open(opening: Opening): void {
    this.close();
    this.opening = opening;
    this.listening = new AbortController();
    const { signal } = this.listening;
    this.video.addEventListener("loadedmetadata", () => this.begin(opening), { signal });
    this.video.addEventListener("error", () => void this.mend(opening), { signal });
    this.video.src = opening.url;
    this.video.load();
  }

  preferLow(): void {
    return;
  }

  close(): void {
    this.listening.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  liveEdge_s(): number | null {
    if (Number.isFinite(this.video.duration)) return null;
    const { seekable } = this.video;
    return seekable.length > 0 ? seekable.end(seekable.length - 1) : null;
  }

  playingDate_ms(): number | null {
    const start_ms = this.video.getStartDate?.().getTime() ?? NaN;
    return Number.isNaN(start_ms) ? null : start_ms + this.video.currentTime * 1000;
  }

  /** One stretch, as far as is told: what comes behind a gap is late by the gap. */
  spans(): readonly Span[] {
    const began_ms = this.video.getStartDate?.().getTime() ?? NaN;
    const length_s = this.video.duration;
    return Number.isNaN(began_ms) || !Number.isFinite(length_s) ? [] : [{ from_s: 0, length_s, began_ms }];
  }

  private begin(opening: Opening): void {
    if (opening.from_s !== null) this.video.currentTime = opening.from_s;
    this.listener.ready();
  }

  /** The element tells little: the status of the playlist tells absence from failure. */
  private async mend(opening: Opening): Promise<void> {
    const status = await fetch(opening.url).then(
      (answer) => answer.status,
      () => 0,
    );
    if (this.opening !== opening) return;
    if (status === 200) this.listener.failed(this.video.error?.message ?? "media error", true);
    else this.listener.nothingHere(status);
    this.timer = setTimeout(() => this.open(opening), again_ms);
  }
}
