/**
 * The trial of a viewer's machine and line, step by step, and what was found.
 *
 * Picture and sound come first, inside the person's press; the sound waits for their answer while the rest goes on.
 */

import { whoAmI } from "../../live/me";
import { bestEngine } from "../../player/engines";
import { browserFinding, lineFinding, pictureFinding, serverFinding, soundFinding, speedFinding, type Finding } from "./findings";
import { ClipScreening } from "./screening.svelte";
import { clocks, download, features, socket, stream } from "./tries";

export const steps = ["picture", "sound", "browser", "server", "line", "speed"] as const;
export type Step = (typeof steps)[number];

export class Trial {
  readonly screening = new ClipScreening(bestEngine);
  findings = $state.raw<Partial<Record<Step, Finding>>>({});
  running = $state<Step | null>(null);
  share = $state(0);
  begun = $state(false);
  done = $state(false);
  ended_ms = $state(0);
  /** What was measured, word for word, for those who look after the network. */
  details = $state.raw<string[]>([]);

  get asksForSound(): boolean {
    return this.findings.picture !== undefined && this.findings.picture.verdict !== "bad" && this.findings.sound === undefined;
  }

  get isComplete(): boolean {
    return this.done && !this.asksForSound;
  }

  get number(): number {
    return this.running ? steps.indexOf(this.running) + 1 : steps.length;
  }

  async begin(video: HTMLVideoElement): Promise<void> {
    Object.assign(this, { begun: true, done: false, findings: {}, details: [] });
    const step = this.step;
    await step("picture", async () => {
      const seen = await this.screening.run(video);
      this.note(`clip ${JSON.stringify(seen)}`);
      return pictureFinding(seen);
    });
    if (this.findings.picture?.verdict === "bad") this.find("sound", { verdict: "note", code: "sound_untried", facts: {} });
    await step("browser", () => {
      const found = features();
      this.note(`browser ${JSON.stringify(found)}`);
      return Promise.resolve(browserFinding(found));
    });
    await step("server", async () => {
      const found = await clocks((share) => (this.share = share));
      this.note(`GET /api/trial/clock ${JSON.stringify(found)}`);
      return serverFinding(found);
    });
    await step("line", async () => {
      const isSignedIn = (await whoAmI()).name === "signed_in";
      const found = [await socket(isSignedIn), await stream()] as const;
      this.note(`GET /rt (WebSocket, signed in: ${isSignedIn}) ${JSON.stringify(found[0])}`);
      this.note(`GET /api/trial/events (server-sent events) ${JSON.stringify(found[1])}`);
      return lineFinding(...found);
    });
    await step("speed", async () => {
      const found = await download((share) => (this.share = share));
      this.note(`GET /api/trial/bytes ${JSON.stringify(found)}`);
      return speedFinding(found);
    });
    Object.assign(this, { running: null, done: true, ended_ms: Date.now() });
  }

  answer(heard: boolean): void {
    this.note(`sound heard: ${heard}, loudest ${this.screening.loudest_db ?? "not measured"} dB`);
    this.find("sound", soundFinding(heard, this.screening.loudest_db));
    this.screening.quiet();
  }

  close(): void {
    this.screening.close();
  }

  private readonly step = async (name: Step, attempt: () => Promise<Finding>): Promise<void> => {
    this.running = name;
    this.share = 0;
    this.find(name, await attempt());
  };

  private find(step: Step, finding: Finding): void {
    this.findings = { ...this.findings, [step]: finding };
  }

  private note(line: string): void {
    this.details = [...this.details, line];
  }
}
