/**
 * The trial of a speaker's camera, microphone and way out, step by step.
 *
 * Camera and microphone are tried in the page alone. The way out takes one attempt, so that what is wrong is told
 * and not tried again for ever; then what is sent is measured by the same counters as on the camera page.
 */

import { whoAmI } from "../../live/me";
import { askIceServers } from "../../realtime/iceservers";
import { countersOf, healthOf, reportsWith, type Counters, type Health, type Report } from "../camera/health";
import { Level, silence_db } from "../camera/level";
import { openPicture, openSound } from "../camera/pictures";
import { WhipPeer } from "../camera/whippeer";
import { cameraFinding, microphoneFinding, routeFinding, sendingFinding, type Finding, type Route } from "./findings";

export const steps = ["camera", "microphone", "route", "sending"] as const;
export type Step = (typeof steps)[number];

const endpoint = "/api/trial/whip";
const hear_for_ms = 4_000;
const connect_within_ms = 12_000;
const warm_up_ms = 4_000;
const send_for_ms = 6_000;
/** As often as the meter's own window is long, so that a short word is not missed. */
const look_every_ms = 40;
/** The server's reports come about each second. */
const listen_every_ms = 1_000;

export class CameraTrial {
  findings = $state.raw<Partial<Record<Step, Finding>>>({});
  running = $state<Step | null>(null);
  share = $state(0);
  begun = $state(false);
  done = $state(false);
  ended_ms = $state(0);
  details = $state.raw<string[]>([]);
  picture = $state.raw<MediaStream | null>(null);
  level_db = $state<number | null>(null);
  private sound: MediaStream | null = null;
  private level: Level | null = null;
  private peer: WhipPeer | null = null;
  private session: string | null = null;

  get number(): number {
    return this.running ? steps.indexOf(this.running) + 1 : steps.length;
  }

  async begin(): Promise<void> {
    this.close();
    Object.assign(this, { begun: true, done: false, findings: {}, details: [] });
    // Made inside the press, or the browser keeps it silent.
    this.level = new Level();
    await this.step("camera", () => this.tryCamera());
    await this.step("microphone", () => this.tryMicrophone());
    await this.step("route", () => this.tryRoute());
    if (this.findings.route?.verdict !== "bad" && this.peer) await this.step("sending", () => this.trySending());
    await this.hangUp();
    Object.assign(this, { running: null, done: true, ended_ms: Date.now() });
    this.letGo();
  }

  close(): void {
    void this.hangUp();
    this.letGo();
  }

  private async step(name: Step, attempt: () => Promise<Finding>): Promise<void> {
    this.running = name;
    this.share = 0;
    const finding = await attempt();
    this.findings = { ...this.findings, [name]: finding };
  }

  private async tryCamera(): Promise<Finding> {
    try {
      this.picture = await openPicture("");
      const { width = 0, height = 0, frameRate = 0 } = this.picture.getVideoTracks()[0]?.getSettings() ?? {};
      this.note(`camera ${width}x${height} ${Math.round(frameRate)} fps`);
      return cameraFinding({ width, height });
    } catch (error) {
      this.note(`camera ${error instanceof Error ? error.message : "failed"}`);
      return cameraFinding(null);
    }
  }

  private async tryMicrophone(): Promise<Finding> {
    this.sound = await openSound("");
    if (!this.sound) return microphoneFinding(null);
    this.level?.hear(this.sound);
    let loudest_db = silence_db;
    await this.during(hear_for_ms, () => {
      this.level_db = this.level?.read_db() ?? null;
      loudest_db = Math.max(loudest_db, this.level_db ?? silence_db);
    });
    this.note(`microphone loudest ${Math.round(loudest_db)} dB`);
    return microphoneFinding(loudest_db);
  }

  private async tryRoute(): Promise<Finding> {
    const video = this.picture?.getVideoTracks()[0];
    if (!("RTCPeerConnection" in window)) return { verdict: "bad", code: "no_webrtc", facts: {} };
    if (!video) return { verdict: "note", code: "route_untried", facts: {} };
    if ((await whoAmI()).name === "signed_out") return { verdict: "note", code: "trial_closed", facts: {} };
    const peer = (this.peer = new WhipPeer({ video, audio: this.sound?.getAudioTracks()[0] ?? null }));
    const connected = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), connect_within_ms);
      peer.onstate = (state) => {
        if (state !== "connected" && state !== "failed" && state !== "closed") return;
        clearTimeout(timer);
        resolve(state === "connected");
      };
    });
    const status = await this.offer(peer);
    this.note(`POST /api/trial/whip ${status}`);
    if (status === 503) return { verdict: "note", code: "trial_full", facts: {} };
    if (status !== 201) return routeFinding(null);
    const route = (await connected) ? routeOf(await reportOf(peer)) : null;
    this.note(`route ${JSON.stringify(route)}`);
    return routeFinding(route);
  }

  private async offer(peer: WhipPeer): Promise<number> {
    try {
      const body = await peer.offer(await askIceServers((url, init) => fetch(url, init), endpoint));
      const answer = await fetch(endpoint, { method: "POST", headers: { "Content-Type": "application/sdp" }, body });
      if (answer.status !== 201) return answer.status;
      this.session = answer.headers.get("Location");
      await peer.accept(await answer.text());
      return 201;
    } catch {
      return 0;
    }
  }

  private async trySending(): Promise<Finding> {
    const look = (): void => void (this.level_db = this.level?.read_db() ?? null);
    // The first seconds are the encoder's own way up; only what comes after them is judged.
    await this.during(warm_up_ms, look);
    const before = await this.counters();
    let reports: readonly Report[] = [];
    const listen = async (): Promise<void> => {
      const counters = await this.counters();
      if (counters) reports = reportsWith(reports, counters);
    };
    const listening = setInterval(() => void listen(), listen_every_ms);
    await this.during(send_for_ms, look);
    clearInterval(listening);
    await listen();
    const after = await this.counters();
    const health: Health | null = before && after ? healthOf(before, after, reports) : null;
    this.note(`sending ${JSON.stringify(health)}`);
    return sendingFinding(health);
  }

  private async counters(): Promise<Counters | null> {
    return this.peer ? countersOf(await reportOf(this.peer), Date.now()) : null;
  }

  private during(ms: number, look: () => void): Promise<void> {
    const began_ms = performance.now();
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        this.share = Math.min(1, (performance.now() - began_ms) / ms);
        look();
        if (this.share < 1) return;
        clearInterval(timer);
        resolve();
      }, look_every_ms);
    });
  }

  private async hangUp(): Promise<void> {
    const { peer, session } = this;
    this.peer = this.session = null;
    peer?.close();
    if (session) await fetch(session, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }

  private letGo(): void {
    for (const stream of [this.picture, this.sound]) stream?.getTracks().forEach((track) => track.stop());
    this.level?.close();
    this.picture = this.sound = this.level = null;
    this.level_db = null;
  }

  private note(line: string): void {
    this.details = [...this.details, line];
  }
}

type Stats = Record<string, unknown>[];

async function reportOf(peer: WhipPeer): Promise<Stats> {
  const report: Stats = [];
  (await peer.stats()).forEach((one) => report.push(one as Record<string, unknown>));
  return report;
}

/** The pair of addresses that carries the picture; how it leaves this machine stands with the local one. */
export function routeOf(report: Stats): Route {
  const of = (type: string): Stats => report.filter((one) => one.type === type);
  const chosen = of("transport")[0]?.selectedCandidatePairId;
  const pairs = of("candidate-pair");
  const pair = pairs.find((one) => one.id === chosen) ?? pairs.find((one) => one.nominated === true && one.state === "succeeded");
  const local = of("local-candidate").find((one) => one.id === pair?.localCandidateId);
  return {
    relayed: local?.candidateType === "relay",
    protocol: String(local?.relayProtocol ?? local?.protocol ?? "udp"),
    round_trip_ms: Number(pair?.currentRoundTripTime ?? 0) * 1000,
  };
}
