/** One film's upload from this page: what is sent, paused, waited for, refused. */

import { Refused, TusUpload, type Refusal } from "./tusupload";

export type SendingState = "idle" | "sending" | "paused";

export class Sending {
  state = $state<SendingState>("idle");
  sent = $state(0);
  /** The line is lost, and waited for. */
  waits = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  file = $state.raw<File | null>(null);
  private ending: AbortController | null = null;

  constructor(private readonly film: string) {}

  get done(): number {
    return this.file ? this.sent / Math.max(1, this.file.size) : 0;
  }

  /** @param upload what is there already and is gone on with. */
  async send(file: File, upload: string | null): Promise<void> {
    if (this.state === "sending") return;
    const ending = (this.ending = new AbortController());
    this.file = file;
    this.refusal = null;
    this.state = "sending";
    const told = { progress: (sent: number) => (this.sent = sent), waiting: (waits: boolean) => (this.waits = waits) };
    try {
      await new TusUpload(file, this.film, told).run(upload, ending.signal);
      this.clear();
    } catch (error) {
      if (ending.signal.aborted) return;
      this.clear();
      this.refusal = error instanceof Refused ? error.refusal : { code: "other", facts: {} };
    }
  }

  pause(): void {
    this.state = "paused";
    this.waits = false;
    this.ending?.abort();
  }

  /** Ends an upload and what has come of it. */
  async discard(upload: string): Promise<void> {
    this.ending?.abort();
    this.clear();
    try {
      await fetch(`/api/uploads/${upload}`, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } });
    } catch {
      // Then it stays, and the page goes on saying so.
    }
  }

  private clear(): void {
    this.state = "idle";
    this.waits = false;
    this.file = null;
    this.sent = 0;
  }
}
