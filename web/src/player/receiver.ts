/** One connection that receives a picture in H.264 and, unless it wants none, sound in Opus. */

export interface Progress {
  /** Packets of the picture so far. */
  packets: number;
  /** The wall time of the picture shown now, as the server's sender reports tell it; null until two of them came. */
  playing_ms: number | null;
}

export interface Receiver {
  /** Called with the transport's state each time it changes. */
  onstate: (state: RTCPeerConnectionState) => void;
  onstream: (stream: MediaStream) => void;
  offer(iceServers: RTCIceServer[]): Promise<string>;
  accept(answer: string): Promise<void>;
  progress(): Promise<Progress>;
  close(): void;
}

/** NTP counts from 1900. */
const ntp_epoch_ms = 2_208_988_800_000;
const configuration: RTCConfiguration = { bundlePolicy: "max-bundle" };
const gather_for_ms = 1_000;

export class PeerReceiver implements Receiver {
  onstate: (state: RTCPeerConnectionState) => void = () => undefined;
  onstream: (stream: MediaStream) => void = () => undefined;
  private readonly connection = new RTCPeerConnection(configuration);

  constructor(kinds: readonly ("video" | "audio")[] = ["video", "audio"]) {
    for (const kind of kinds) this.connection.addTransceiver(kind, { direction: "recvonly" });
    this.connection.onconnectionstatechange = () => this.onstate(this.connection.connectionState);
    this.connection.ontrack = ({ receiver, streams: [stream] }) => {
      // Backstage steers by this picture: as little as the line allows is held back.
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      if (stream) this.onstream(stream);
    };
  }

  async offer(iceServers: RTCIceServer[]): Promise<string> {
    if (iceServers.length > 0) this.connection.setConfiguration({ ...configuration, iceServers });
    await this.connection.setLocalDescription();
    await this.gathered();
    return this.connection.localDescription?.sdp ?? "";
  }

  accept(answer: string): Promise<void> {
    return this.connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  async progress(): Promise<Progress> {
    const report = await this.connection.getStats();
    const progress: Progress = { packets: 0, playing_ms: null };
    report.forEach((stats: { type: string; kind?: string; packetsReceived?: number; estimatedPlayoutTimestamp?: number }) => {
      if (stats.type !== "inbound-rtp" || stats.kind !== "video") return;
      progress.packets = stats.packetsReceived ?? 0;
      const at_ms = stats.estimatedPlayoutTimestamp;
      // Some browsers count from 1970 here, as they do everywhere else.
      if (at_ms) progress.playing_ms = at_ms > ntp_epoch_ms ? at_ms - ntp_epoch_ms : at_ms;
    });
    return progress;
  }

  close(): void {
    this.connection.onconnectionstatechange = null;
    this.connection.ontrack = null;
    this.connection.close();
  }

  /** The server answers checks from wherever they come; addresses that take long to find are not waited for. */
  private gathered(): Promise<void> {
    const { connection } = this;
    if (connection.iceGatheringState === "complete") return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, gather_for_ms);
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState !== "complete") return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
