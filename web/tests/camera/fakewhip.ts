/** The server and the transport as a publisher meets them: answers in turn, and a line that can be cut. */

import type { Peer } from "../../src/pages/camera/whipclient";

export interface Request {
  method: string;
  url: string;
  authorization: string | null;
  type: string | null;
  body: string | null;
}

type Answer = Response | Error;

export function created(session = "/whip/kl-huset/s1"): Response {
  return new Response("answer", { status: 201, headers: { Location: session } });
}

export class FakeWhip {
  readonly requests: Request[] = [];
  /** Who asked for ICE servers, and what they are told. */
  readonly asked: Request[] = [];
  link: string | null = null;
  private readonly answers: Answer[] = [];

  will(...answers: Answer[]): this {
    this.answers.push(...answers);
    return this;
  }

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const isAsking = init.method === "OPTIONS";
    (isAsking ? this.asked : this.requests).push({
      method: init.method ?? "GET",
      url,
      authorization: headers.get("Authorization"),
      type: headers.get("Content-Type"),
      body: (init.body as string | undefined) ?? null,
    });
    if (isAsking) return new Response(null, { status: 204, headers: this.link ? { Link: this.link } : {} });
    if (init.method === "DELETE") return new Response(null, { status: 200 });
    const answer = this.answers.shift() ?? new Error("no network");
    if (answer instanceof Error) throw answer;
    return answer;
  };

  of(method: string): Request[] {
    return this.requests.filter((request) => request.method === method);
  }
}

export class FakePeer implements Peer {
  onstate: (state: RTCPeerConnectionState) => void = () => undefined;
  accepted: string | null = null;
  iceServers: RTCIceServer[] | null = null;
  isClosed = false;

  constructor(readonly number: number) {}

  offer(iceServers: RTCIceServer[]): Promise<string> {
    this.iceServers = iceServers;
    return Promise.resolve(`offer ${this.number}`);
  }

  accept(answer: string): Promise<void> {
    this.accepted = answer;
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
  }
}
