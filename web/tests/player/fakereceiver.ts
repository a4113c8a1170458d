/** A transport that receives what a test says it does. */

import type { Progress, Receiver } from "../../src/player/receiver";

export class FakeReceiver implements Receiver {
  onstate: (state: RTCPeerConnectionState) => void = () => undefined;
  onstream: (stream: MediaStream) => void = () => undefined;
  now: Progress = { packets: 0, playing_ms: null };
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

  progress(): Promise<Progress> {
    return Promise.resolve(this.now);
  }

  close(): void {
    this.isClosed = true;
  }
}
