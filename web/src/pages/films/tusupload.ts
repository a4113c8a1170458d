/**
 * A file on its way to the server by tus 1.0.0, in pieces of two megabytes.
 *
 * A line that is lost is waited for; where to go on is asked of the server and never remembered here. Each piece
 * carries its SHA-256, and the last one the digest of the whole file: because browsers digest nothing by and by, it is
 * the SHA-256 of the SHA-256s of blocks of eight megabytes. So whoever goes on with another file of the same name and
 * size is told so at the end.
 */

export const piece_bytes = 2 * 1024 * 1024;
export const block_bytes = 8 * 1024 * 1024;
const longest_wait_ms = 15_000;
const tries_a_piece = 5;
/** Too slow and too often: what was refused so may be asked again. */
const again = [408, 429];

const version = { "Tus-Resumable": "1.0.0" };

export interface Refusal {
  code: string;
  /** What stands beside the code, such as the upload that is there already. */
  facts: Record<string, unknown>;
}

export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

export interface Told {
  progress: (sent: number) => void;
  /** The line is lost (true) or there again. */
  waiting: (waits: boolean) => void;
}

export interface Surroundings {
  fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Resolves after a while, or at once when the signal is given. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  digest: ((data: ArrayBuffer) => Promise<ArrayBuffer>) | null;
}

export class TusUpload {
  private readonly blocks: (ArrayBuffer | undefined)[] = [];
  private location = "";

  constructor(
    private readonly file: File,
    private readonly film: string,
    private readonly told: Told,
    private readonly around: Surroundings = browser(),
  ) {}

  /**
   * Send all of it.
   *
   * @param upload the id of an upload to go on with; null begins one.
   * @param signal ends it; what has arrived stays there.
   * @throws Refused, or the signal's reason.
   */
  async run(upload: string | null, signal: AbortSignal): Promise<void> {
    this.location = upload === null ? await this.begin(signal) : `/api/uploads/${upload}`;
    let offset = await this.offset(signal);
    let faults = 0;
    while (!signal.aborted) {
      const end = Math.min(offset + piece_bytes, this.file.size);
      try {
        offset = await this.send(offset, end, signal);
        faults = 0;
        this.told.progress(offset);
        if (end === this.file.size && offset === end) return;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const { code, facts } = error.refusal;
        faults += 1;
        if (code === "wrong_offset" && typeof facts.offset === "number") offset = facts.offset;
        else if (code !== "checksum_mismatch") throw error;
        if (faults > tries_a_piece) throw error;
      }
    }
    signal.throwIfAborted();
  }

  private async begin(signal: AbortSignal): Promise<string> {
    const metadata = `film ${base64(utf8(this.film))},filename ${base64(utf8(this.file.name))}`;
    const headers = { ...version, "Upload-Length": String(this.file.size), "Upload-Metadata": metadata };
    const answer = await this.ask("/api/uploads", { method: "POST", headers, signal });
    return answer.headers.get("location") ?? "";
  }

  private async offset(signal: AbortSignal): Promise<number> {
    const answer = await this.ask(this.location, { method: "GET", headers: version, signal });
    const offset = Number(answer.headers.get("upload-offset"));
    this.told.progress(offset);
    return offset;
  }

  private async send(from: number, to: number, signal: AbortSignal): Promise<number> {
    const body = await this.read(from, to);
    const headers: Record<string, string> = {
      ...version,
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(from),
    };
    if (this.around.digest) {
      headers["Upload-Checksum"] = `sha256 ${base64(new Uint8Array(await this.around.digest(body)))}`;
      await this.digestBlocks(to, to === this.file.size);
      if (to === this.file.size) headers["Repr-Digest"] = `sha-256-8m=:${base64(await this.whole())}:`;
    }
    let answer: Response;
    try {
      answer = await this.ask(this.location, { method: "PATCH", headers, body, signal });
    } catch (error) {
      // Everything is there, and the server went on with it while we did not hear that it had come.
      if (error instanceof Refused && error.refusal.code === "not_found" && to === this.file.size && this.repeated) return to;
      throw error;
    }
    return Number(answer.headers.get("upload-offset"));
  }

  /** An answer was lost on the way: what was asked may have happened. */
  private repeated = false;

  /** An answer that is none of a lost line; that is waited for. */
  private async ask(path: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
    this.repeated = false;
    for (let wait_ms = 500; ; wait_ms = Math.min(longest_wait_ms, wait_ms * 2)) {
      try {
        const answer = await this.around.fetch(path, init);
        if (answer.ok) {
          this.told.waiting(false);
          return answer;
        }
        const refused = await refusalOf(answer);
        if (answer.status < 500 && !again.includes(answer.status)) throw refused;
        if (refused.refusal.code.startsWith("storage_")) throw refused;
      } catch (error) {
        if (error instanceof Refused || init.signal.aborted) throw error;
      }
      this.repeated = true;
      this.told.waiting(true);
      await this.around.wait(wait_ms, init.signal);
      init.signal.throwIfAborted();
    }
  }

  private async digestBlocks(end: number, all: boolean): Promise<void> {
    const blocks = all ? Math.ceil(this.file.size / block_bytes) : Math.floor(end / block_bytes);
    for (let block = all ? 0 : Math.max(0, blocks - 1); block < blocks; block += 1) {
      if (this.blocks[block]) continue;
      const data = await this.read(block * block_bytes, Math.min((block + 1) * block_bytes, this.file.size));
      this.blocks[block] = await this.around.digest?.(data);
    }
  }

  private async whole(): Promise<Uint8Array> {
    const joined = new Uint8Array(this.blocks.length * 32);
    this.blocks.forEach((digest, block) => joined.set(new Uint8Array(digest ?? new ArrayBuffer(32)), block * 32));
    return new Uint8Array((await this.around.digest?.(joined.buffer)) ?? new ArrayBuffer(0));
  }

  private async read(from: number, to: number): Promise<ArrayBuffer> {
    try {
      return await this.file.slice(from, to).arrayBuffer();
    } catch {
      throw new Refused({ code: "file_unreadable", facts: {} });
    }
  }
}

export async function refusalOf(answer: Response): Promise<Refused> {
  try {
    const { code, ...facts } = (await answer.json()) as Record<string, unknown>;
    return new Refused({ code: String(code), facts });
  } catch {
    return new Refused({ code: "other", facts: {} });
  }
}

function browser(): Surroundings {
  return {
    fetch: (path, init) => fetch(path, init),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      }),
    // Only a secure context can digest; over plain HTTP in a test net pieces go without.
    digest: globalThis.crypto?.subtle ? (data) => crypto.subtle.digest("SHA-256", data) : null,
  };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
