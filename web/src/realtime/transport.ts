/** What carries frames: a WebSocket, server-sent events with POST beside them, or a fake in the tests. */

import type { ClientFrame, ServerFrame } from "./frames";

export interface TransportListener {
  opened(): void;
  received(frames: ServerFrame[]): void;
  /** Called once, also when it never opened. Nothing is received afterwards. */
  closed(code: number, reason: string): void;
}

export interface Transport {
  send(frame: ClientFrame): void;
  /** Ends it without a call to `closed`. */
  close(): void;
}

export type OpenTransport = (listener: TransportListener) => Transport;
