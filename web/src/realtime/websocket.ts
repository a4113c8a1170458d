/** The usual transport: `GET /rt` with the subprotocol of the protocol's first version. */

import { parseFrames, type ClientFrame } from "./frames";
import type { OpenTransport, Transport, TransportListener } from "./transport";

export function webSocketTransport(path: string): OpenTransport {
  return (listener) => new WebSocketTransport(path, listener);
}

class WebSocketTransport implements Transport {
  private readonly socket: WebSocket;
  private ended = false;

  constructor(path: string, listener: TransportListener) {
    this.socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")), "topmoede.v1");
    this.socket.onopen = () => {
      if (!this.ended) listener.opened();
    };
    this.socket.onmessage = (message) => {
      if (!this.ended) listener.received(parseFrames(String(message.data)));
    };
    this.socket.onclose = (close) => {
      if (this.end()) listener.closed(close.code, close.reason);
    };
  }

  send(frame: ClientFrame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  close(): void {
    if (this.end()) this.socket.close(1000);
  }

  private end(): boolean {
    const first = !this.ended;
    this.ended = true;
    return first;
  }
}
