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

/** What is read of a connection's statistics. */
export interface Stats {
  type: string;
  kind?: string;
  /** When this was known, by this machine's clock. */
  timestamp: number;
  packetsReceived?: number;
  estimatedPlayoutTimestamp?: number;
  jitterBufferDelay?: number;
  jitterBufferEmittedCount?: number;
  remoteTimestamp?: number;
}

/**
 * Without sound to keep in step with, browsers estimate no time of playing. Then the sender's newest report says how
 * old a picture is when it comes (ours tell when the newest one was taken), and the buffer how long it is held.
 */
export function progressOf(report: readonly Stats[], now_ms: number): Progress {
  const of = (type: string): Stats | undefined => report.find((stats) => stats.type === type && stats.kind === "video");
  const [inbound, sender] = [of("inbound-rtp"), of("remote-outbound-rtp")];
  const progress: Progress = { packets: inbound?.packetsReceived ?? 0, playing_ms: null };
  if (inbound?.estimatedPlayoutTimestamp) {
    progress.playing_ms = sinceEpoch(inbound.estimatedPlayoutTimestamp);
  } else if (inbound?.jitterBufferEmittedCount && sender?.remoteTimestamp) {
    const held_ms = ((inbound.jitterBufferDelay ?? 0) / inbound.jitterBufferEmittedCount) * 1000;
    progress.playing_ms = sinceEpoch(sender.remoteTimestamp) + (now_ms - sender.timestamp) - held_ms;
  }
  return progress;
}

/** Some browsers count from 1970 here, as they do everywhere else. */
function sinceEpoch(ms: number): number {
  return ms > ntp_epoch_ms ? ms - ntp_epoch_ms : ms;
}

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
    const report: Stats[] = [];
    (await this.connection.getStats()).forEach((stats: Stats) => report.push(stats));
    return progressOf(report, Date.now());
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
