/**
 * The files beside a message that is being written: sent one after the other as soon as they are chosen, so that the
 * message itself is sent at once. What is taken out of the tray is let go of on the server too.
 */

import { FileRefused, filesOf, letGo, sendFile, type Kept } from "./sendfile";

export const most_files = 10;
const tries = 5;

export interface FileToPost {
  id: string;
  name: string;
  alt?: string;
}

type State = "waits" | "sending" | "ready" | "refused";

export class TrayFile {
  state = $state<State>("waits");
  sent = $state(0);
  alt = $state("");
  refusal = $state.raw<FileRefused | null>(null);
  kept: Kept | null = null;
  readonly ending = new AbortController();
  /** A picture as it is on this machine, to be looked at while it is sent. */
  readonly preview: string | null;

  constructor(
    readonly key: number,
    readonly file: File,
  ) {
    this.preview = /^image\/(jpeg|png|webp)$/.test(file.type) ? URL.createObjectURL(file) : null;
  }

  get name(): string {
    return this.file.name;
  }

  get done(): number {
    return this.file.size === 0 ? 0 : Math.min(1, this.sent / this.file.size);
  }

  forget(): void {
    if (this.preview) URL.revokeObjectURL(this.preview);
  }
}

export class Tray {
  files = $state.raw<readonly TrayFile[]>([]);
  isFull = $state(false);
  private busy = false;
  private made = 0;

  constructor(private readonly room: string) {}

  get isReady(): boolean {
    return this.files.every((one) => one.state === "ready");
  }

  add(files: readonly File[]): void {
    const room = most_files - this.files.length;
    this.isFull = files.length > room;
    const more = files.slice(0, Math.max(0, room)).map((file) => new TrayFile((this.made += 1), file));
    this.files = [...this.files, ...more];
    void this.sendAll();
  }

  again(one: TrayFile): void {
    one.refusal = null;
    one.state = "waits";
    void this.sendAll();
  }

  remove(one: TrayFile): void {
    one.ending.abort();
    if (one.kept) void letGo(this.room, one.kept.id);
    one.forget();
    this.files = this.files.filter((other) => other !== one);
    this.isFull = false;
  }

  /** What the message is to carry; the tray is empty afterwards. */
  take(): FileToPost[] {
    const taken = this.files.flatMap(({ kept, name, alt }) => (kept ? [{ id: kept.id, name, ...(alt.trim() ? { alt: alt.trim() } : {}) }] : []));
    for (const one of this.files) one.forget();
    this.files = [];
    this.isFull = false;
    return taken;
  }

  /** The page goes away: what is on its way is given up, what has come goes by itself. */
  stop(): void {
    for (const one of this.files) {
      one.ending.abort();
      one.forget();
    }
  }

  private async sendAll(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.next(); next; next = this.next()) await this.send(next);
    this.busy = false;
  }

  private next(): TrayFile | undefined {
    return this.files.find((one) => one.state === "waits");
  }

  private async send(one: TrayFile): Promise<void> {
    one.state = "sending";
    one.sent = 0;
    for (let left = tries; ; left -= 1) {
      try {
        one.kept = await sendFile(filesOf(this.room), one.file, (sent) => (one.sent = sent), one.ending.signal);
        one.state = "ready";
        if (one.ending.signal.aborted) void letGo(this.room, one.kept.id);
        return;
      } catch (error) {
        const refusal = error instanceof FileRefused ? error : new FileRefused("other");
        if (refusal.code !== "busy" || left <= 1) {
          one.refusal = refusal;
          one.state = "refused";
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, refusal.retry_ms ?? 2000));
      }
    }
  }
}
