/** A server of uploads in memory, whose line can be cut. */

import type { Surroundings } from "../../src/pages/films/tusupload";

export class FakeUploads {
  data = new Uint8Array(0);
  digest = "";
  pieces = 0;
  /** What happens to the next requests; "ok" when nothing is left. */
  readonly next: ("ok" | "lost" | "answer lost" | 503 | { code: string; status: number })[] = [];

  readonly around: Surroundings = {
    fetch: (_, init) => this.answer(init),
    wait: () => Promise.resolve(),
    digest: (data) => crypto.subtle.digest("SHA-256", data),
  };

  private async answer(init: RequestInit): Promise<Response> {
    const fate = this.next.shift() ?? "ok";
    if (fate === "lost") throw new TypeError("no line");
    if (fate === 503) return new Response(null, { status: 503 });
    if (typeof fate === "object") return refusal(fate.status, { code: fate.code });
    const answer = this.happen(init);
    if (fate === "answer lost") throw new TypeError("no line");
    return Promise.resolve(answer);
  }

  private happen(init: RequestInit): Response {
    const headers = new Headers(init.headers);
    if (init.method === "POST") return new Response(null, { status: 201, headers: { location: "/api/uploads/1" } });
    if (init.method === "PATCH") {
      const offset = this.data.length;
      if (Number(headers.get("upload-offset")) !== offset) return refusal(409, { code: "wrong_offset", offset });
      this.pieces += 1;
      this.data = Uint8Array.from([...this.data, ...new Uint8Array(init.body as ArrayBuffer)]);
      this.digest = headers.get("repr-digest") ?? "";
    }
    return new Response(null, { status: 200, headers: { "upload-offset": String(this.data.length) } });
  }
}

function refusal(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status });
}
