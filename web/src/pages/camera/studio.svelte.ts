/**
 * The camera page's state: what is seen and heard here, whether it is being sent, and how that goes.
 *
 * Picture and sound are chosen before and during sending alike; a change while sending exchanges the track, and
 * nothing is connected anew.
 */

import { ScreenAwake } from "../../player/wakelock";
import { countersOf, hasSlept, healthOf, longest_silence_ms, reportsWith, verdictOf, type Counters, type Health, type Report, type Verdict } from "./health";
import { cameraLink, endpointOf, keepKey, type CameraLink } from "./cameralink";
import { Level, silence_db } from "./level";
import { listDevices, none, openPicture, openSound, screen, Unavailable, type Devices, type Trouble } from "./pictures";
import { WhipClient, type WhipState } from "./whipclient";
import { WhipPeer, type Tracks } from "./whippeer";

const measure_every_ms = 1_000;
const hear_every_ms = 80;
const silent_for_ms = 6_000;
/** The meter falls slower than sound does: a word can be seen after it was said. */
const fall_db = 2.5;

export class Studio {
  link = $state.raw<CameraLink>({ source: "", key: "" });
  picture = $state("");
  sound = $state("");
  stream = $state.raw<MediaStream | null>(null);
  devices = $state.raw<Devices>({ cameras: [], microphones: [] });
  trouble = $state<Trouble | null>(null);
  /** The browser is opening a camera, or asking the person whether it may. */
  opening = $state(true);
  muted = $state(false);
  level_db = $state<number | null>(null);
  isSilent = $state(false);
  state = $state.raw<WhipState>({ name: "idle" });
  health = $state.raw<Health | null>(null);
  now_ms = $state(Date.now());
  private sending_since_ms = $state<number | null>(null);

  private client: WhipClient | null = null;
  private peer: WhipPeer | null = null;
  private sounding: MediaStream | null = null;
  private counters: Counters | null = null;
  private reports: readonly Report[] = [];
  private level: Level | null = null;
  private heard_ms = 0;
  /** When the server's newest report was seen. */
  private reported_ms = 0;
  private readonly awake = new ScreenAwake();

  constructor(private readonly source: string | null) {
    this.readLink();
  }

  get isActive(): boolean {
    return ["opening", "connecting", "sending", "waiting"].includes(this.state.name);
  }

  get verdict(): Verdict | null {
    if (this.state.name !== "sending" || this.sending_since_ms === null) return null;
    return verdictOf(this.health, this.now_ms - this.sending_since_ms, this.picture !== screen);
  }

  get attempts(): number {
    return this.client?.attempts ?? 0;
  }

  /** Called once with the page; returns how to let go of everything. */
  run(): () => void {
    const clocks = [setInterval(() => void this.measure(), measure_every_ms), setInterval(() => this.listen(), hear_every_ms)];
    const stop = new AbortController();
    const { signal } = stop;
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.list(), { signal });
    window.addEventListener("hashchange", () => this.readLink(), { signal });
    window.addEventListener("online", () => this.client?.hurry(), { signal });
    window.addEventListener("pagehide", () => this.stop(), { signal });
    document.addEventListener("visibilitychange", () => this.awake.want(this.isActive), { signal });
    void this.list()
      .then(() => this.showIfAllowed())
      .finally(() => (this.opening = false));
    return () => {
      stop.abort();
      clocks.forEach(clearInterval);
      this.stop();
      this.close();
    };
  }

  useLink(link: CameraLink): void {
    this.stop();
    this.link = link;
    keepKey(link, sessionStorage);
  }

  async choosePicture(choice: string): Promise<void> {
    this.picture = choice;
    this.opening = true;
    try {
      const stream = await openPicture(choice);
      const own = stream.getAudioTracks();
      this.replace(stream.getVideoTracks()[0] ?? null);
      if (own.length > 0) this.hearFrom(new MediaStream(own));
      else if (!this.sounding && this.sound !== none) await this.chooseSound(this.sound);
    } catch (error) {
      this.trouble = error instanceof Unavailable ? error.trouble : "camera_failed";
    } finally {
      this.opening = false;
    }
    await this.list();
  }

  async chooseSound(choice: string): Promise<void> {
    this.sound = choice;
    this.hearFrom(await openSound(choice));
  }

  turnSound(): void {
    this.muted = !this.muted;
    this.applyMute();
  }

  async start(): Promise<void> {
    if (!this.stream) await this.choosePicture(this.picture);
    if (!this.stream) return;
    this.client = new WhipClient(endpointOf(this.link), this.link.key, {
      fetch: (url, init) => fetch(url, init),
      makePeer: () => this.newPeer(),
      changed: (state) => this.become(state),
    });
    this.client.start();
  }

  stop(): void {
    this.client?.stop();
  }

  hurry(): void {
    this.client?.hurry();
  }

  /** Another link to the same page changes nothing but what stands behind the hash. */
  private readLink(): void {
    this.stop();
    this.link = cameraLink(this.source, location.hash, sessionStorage);
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  }

  private newPeer(): WhipPeer {
    this.counters = null;
    this.reports = [];
    this.health = null;
    this.peer = new WhipPeer(this.tracks() as Tracks);
    return this.peer;
  }

  private tracks(): Tracks | null {
    const video = this.stream?.getVideoTracks()[0];
    return video ? { video, audio: this.sounding?.getAudioTracks()[0] ?? null } : null;
  }

  private become(state: WhipState): void {
    this.state = state;
    this.sending_since_ms = state.name === "sending" ? (this.sending_since_ms ?? Date.now()) : null;
    this.awake.want(this.isActive);
    if (this.isActive) return;
    this.peer = null;
    this.health = null;
  }

  private replace(video: MediaStreamTrack | null): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = video ? new MediaStream([video]) : null;
    this.trouble = video ? null : "camera_failed";
    if (video) video.onended = () => this.ended(video);
    this.exchange();
  }

  /** The camera was taken out, or the sharing ended from the browser's own bar. */
  private ended(video: MediaStreamTrack): void {
    if (this.stream?.getVideoTracks()[0] !== video) return;
    this.stream = null;
    this.trouble = "ended";
    this.stop();
  }

  private hearFrom(stream: MediaStream | null): void {
    if (this.sounding !== stream) this.sounding?.getTracks().forEach((track) => track.stop());
    this.sounding = stream;
    this.level ??= new Level();
    this.level.hear(stream);
    this.heard_ms = Date.now();
    this.applyMute();
    this.exchange();
  }

  private applyMute(): void {
    this.sounding?.getAudioTracks().forEach((track) => (track.enabled = !this.muted));
  }

  private exchange(): void {
    const tracks = this.tracks();
    if (tracks) void this.peer?.use(tracks);
  }

  private async list(): Promise<void> {
    this.devices = await listDevices();
  }

  /** Devices have names only where the browser has been told that it may: then nobody is asked anything. */
  private async showIfAllowed(): Promise<void> {
    const isAllowed = this.devices.cameras.some(({ label }) => label !== "");
    if (isAllowed && !this.stream) await this.choosePicture(this.picture);
  }

  private async measure(): Promise<void> {
    this.now_ms = Date.now();
    if (this.state.name !== "sending" || !this.peer) return;
    const report: Record<string, unknown>[] = [];
    (await this.peer.stats()).forEach((one) => report.push(one as Record<string, unknown>));
    const counters = countersOf(report, Date.now());
    const { counters: before } = this;
    this.counters = counters;
    if (before && hasSlept(before, counters, this.health)) return this.client?.unheard();
    this.reports = reportsWith(this.reports, counters);
    if (before) this.health = healthOf(before, counters, this.reports);
    // By our own clock: a browser's clock for reports may stand still while the computer sleeps.
    if (counters.heard_ms !== before?.heard_ms) this.reported_ms = Date.now();
    else if (counters.heard_ms !== null && Date.now() - this.reported_ms > longest_silence_ms) this.client?.unheard();
  }

  private listen(): void {
    const read_db = this.level?.read_db() ?? null;
    this.level_db = read_db === null ? null : Math.max(read_db, (this.level_db ?? silence_db) - fall_db);
    if (read_db === null || this.muted || read_db > silence_db + 5) this.heard_ms = Date.now();
    this.isSilent = Date.now() - this.heard_ms > silent_for_ms;
  }

  private close(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.sounding?.getTracks().forEach((track) => track.stop());
    this.level?.close();
  }
}
