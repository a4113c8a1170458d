/**
 * hls.js, one instance per address on the one element.
 *
 * A fatal error is answered in steps: load again for the network, swap the buffers for the media, and when that
 * happens twice within ten seconds, begin anew at the live edge. A manifest that is not there is no error: channels
 * come and go with the programme, so it is asked for again for as long as the page wants it.
 *
 * An opening may come to nothing without any error: where the playlists place a joint differently in the two lanes,
 * and it begins in between, hls.js loads the picture's first parts from behind the joint, then asks for playlists
 * alone, for ever: the sound from before it waits for a picture that nobody loads. Ours place them alike
 * (streams/listing.py); whatever else may hold it up, where nothing begins and nothing is loaded, it begins anew.
 */

import Hls, { type ErrorData } from "hls.js";
import type { Engine, EngineListener, Opening, Span } from "./engine";
import { spansOf } from "./spans";

const again_ms = 1_500;
const twice_within_ms = 10_000;
/** Longer than any piece takes on the poorest line that still carries sound. */
const quiet_ms = 8_000;
/** Until the line has been measured it is taken for a good one: the first picture is the whole picture. */
const assumed_bits_per_s = 6_000_000;

export class HlsEngine implements Engine {
  readonly name = "hls.js";
  private hls: Hls | null = null;
  private opening: Opening | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private swapped_ms = -Infinity;
  private low = false;
  private watch: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly listener: EngineListener,
  ) {}

  open(opening: Opening): void {
    this.close();
    this.opening = opening;
    const hls = new Hls({
      lowLatencyMode: true,
      // The worker would need a blob: address, and fMP4 passes through without work.
      enableWorker: false,
      // Who starts an item over that is still on does not want to be hurried back to live.
      maxLiveSyncPlaybackRate: opening.from_s === null ? 1.1 : 1,
      backBufferLength: 90,
      abrEwmaDefaultEstimate: assumed_bits_per_s,
      startPosition: opening.from_s ?? -1,
      // We draw captions ourselves; the renditions in a replay's playlist are for players that stand alone.
      subtitleStreamController: undefined,
      subtitleTrackController: undefined,
      timelineController: undefined,
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.watchTheBeginning();
      this.preferLow(this.low);
      this.listener.ready();
    });
    for (const event of [Hls.Events.FRAG_LOADING, Hls.Events.FRAG_LOADED, Hls.Events.FRAG_BUFFERED] as const)
      hls.on(event, () => this.watchTheBeginning());
    hls.on(Hls.Events.ERROR, (_, data) => this.mend(data));
    hls.loadSource(opening.url);
    hls.attachMedia(this.video);
    this.hls = hls;
    this.offerAirPlay(opening.url);
  }

  get renditions(): number {
    return this.hls?.levels.length ?? 1;
  }

  /** Levels stand in order of their bit rate, the smallest first. */
  preferLow(low: boolean): void {
    this.low = low;
    if (this.hls) this.hls.autoLevelCapping = low ? 0 : -1;
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.watch !== null) clearTimeout(this.watch);
    this.watch = null;
    this.hls?.destroy();
    this.hls = null;
  }

  liveEdge_s(): number | null {
    return this.hls?.latestLevelDetails?.live === false ? null : (this.hls?.liveSyncPosition ?? null);
  }

  playingDate_ms(): number | null {
    return this.hls?.playingDate?.getTime() ?? null;
  }

  spans(): readonly Span[] {
    const level = this.hls?.latestLevelDetails;
    if (!level) return [];
    const pieces = level.fragments.map(({ start, duration, programDateTime }) => ({ from_s: start, length_s: duration, began_ms: programDateTime }));
    return spansOf(pieces);
  }

  /**
   * A managed media source opens only when remote playback is off or has a source of its own; hls.js switches it
   * off. Where AirPlay exists, the plain playlist as a second source gives it back.
   */
  private offerAirPlay(url: string): void {
    if (!("ManagedMediaSource" in window) || !("WebKitPlaybackTargetAvailabilityEvent" in window)) return;
    const source = document.createElement("source");
    source.type = "application/vnd.apple.mpegurl";
    source.src = url;
    this.video.append(source);
    this.video.disableRemotePlayback = false;
  }

  /** Looks again when nothing has been loaded for a while; once there is a picture, stalls are hls.js's own to mend. */
  private watchTheBeginning(): void {
    if (this.watch !== null) clearTimeout(this.watch);
    this.watch = null;
    if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.watch = setTimeout(() => {
      if (!this.opening || this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
      this.listener.failed("nothingBegins", false);
      this.open(this.opening);
    }, quiet_ms);
  }

  private mend(data: ErrorData): void {
    if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.listener.stalled(data.details);
    else if (isManifest(data) && data.fatal) this.absent(data.response?.code ?? 0);
    else this.listener.failed(describe(data), data.fatal);
    if (!data.fatal || isManifest(data)) return;
    if (data.type === Hls.ErrorTypes.NETWORK_ERROR) this.later(() => this.hls?.startLoad());
    else if (data.type === Hls.ErrorTypes.MEDIA_ERROR) this.swap();
    else this.anew();
  }

  private swap(): void {
    const now = performance.now();
    if (now - this.swapped_ms < twice_within_ms) return this.anew();
    this.swapped_ms = now;
    this.hls?.recoverMediaError();
  }

  private absent(status: number): void {
    this.listener.nothingHere(status);
    this.anew();
  }

  private anew(): void {
    this.later(() => this.opening && this.open(this.opening));
  }

  private later(then: () => void): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(then, again_ms);
  }
}

function isManifest(data: ErrorData): boolean {
  return data.details.startsWith("manifest");
}

function describe(data: ErrorData): string {
  return [data.details, data.response?.code, data.error.message].filter(Boolean).join(" · ");
}
