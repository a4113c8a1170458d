/** One connection to the server: a picture in H.264 and sound in Opus, each from a track that may be exchanged. */

import type { Peer } from "./whipclient";

export interface Tracks {
  video: MediaStreamTrack;
  audio: MediaStreamTrack | null;
}

const configuration: RTCConfiguration = { bundlePolicy: "max-bundle" };
const most_video_bps = 2_500_000;
const gather_for_ms = 1_500;

export class WhipPeer implements Peer {
  onstate: (state: RTCPeerConnectionState) => void = () => undefined;
  private readonly connection = new RTCPeerConnection(configuration);
  private readonly video: RTCRtpSender;
  private readonly audio: RTCRtpSender;

  constructor(tracks: Tracks) {
    const stream = new MediaStream();
    const options: RTCRtpTransceiverInit = { direction: "sendonly", streams: [stream] };
    const picture = this.connection.addTransceiver(tracks.video, {
      ...options,
      sendEncodings: [{ maxBitrate: most_video_bps, scaleResolutionDownBy: 1 }],
    });
    // Without a track the section still stands: sound can begin later without a new offer.
    const sound = this.connection.addTransceiver(tracks.audio ?? "audio", options);
    prefer(picture, "video", (codec) => codec.mimeType.toLowerCase() !== "video/h264");
    prefer(sound, "audio", (codec) => codec.mimeType.toLowerCase() !== "audio/opus");
    this.video = picture.sender;
    this.audio = sound.sender;
    this.connection.onconnectionstatechange = () => this.onstate(this.connection.connectionState);
  }

  async offer(iceServers: RTCIceServer[]): Promise<string> {
    if (iceServers.length > 0) this.connection.setConfiguration({ ...configuration, iceServers });
    await this.keepResolution();
    await this.connection.setLocalDescription();
    await this.gathered();
    return this.connection.localDescription?.sdp ?? "";
  }

  accept(answer: string): Promise<void> {
    return this.connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  async use(tracks: Tracks): Promise<void> {
    await Promise.all([this.video.replaceTrack(tracks.video), this.audio.replaceTrack(tracks.audio)]);
  }

  stats(): Promise<RTCStatsReport> {
    return this.connection.getStats();
  }

  close(): void {
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  /** A picture that changes its size tears the recording; it may rather show fewer frames. */
  private async keepResolution(): Promise<void> {
    const parameters = this.video.getParameters();
    try {
      await this.video.setParameters({ ...parameters, degradationPreference: "maintain-resolution" } as RTCRtpSendParameters);
    } catch {
      // Browsers without this wish still send; the server copes with a new size.
      return;
    }
  }

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

function prefer(transceiver: RTCRtpTransceiver, kind: string, isLast: (codec: RTCRtpCodec) => boolean): void {
  const codecs = RTCRtpSender.getCapabilities?.(kind)?.codecs ?? [];
  if (codecs.length === 0 || !("setCodecPreferences" in transceiver)) return;
  transceiver.setCodecPreferences([...codecs].sort((a, b) => Number(isLast(a)) - Number(isLast(b))));
}
