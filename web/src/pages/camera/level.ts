/** The loudness of what comes in, in decibels below full scale. */

export const silence_db = -70;

export class Level {
  private readonly context = new AudioContext();
  private readonly analyser = this.context.createAnalyser();
  private readonly samples = new Float32Array(2048);
  private input: MediaStreamAudioSourceNode | null = null;

  constructor() {
    this.analyser.fftSize = this.samples.length;
  }

  hear(stream: MediaStream | null): void {
    this.input?.disconnect();
    this.input = stream && stream.getAudioTracks().length > 0 ? this.context.createMediaStreamSource(stream) : null;
    this.input?.connect(this.analyser);
    void this.context.resume();
  }

  read_db(): number | null {
    if (!this.input || this.context.state !== "running") return null;
    this.analyser.getFloatTimeDomainData(this.samples);
    return decibels(this.samples);
  }

  close(): void {
    void this.context.close();
  }
}

export function decibels(samples: Float32Array): number {
  const power = samples.reduce((sum, one) => sum + one * one, 0) / Math.max(1, samples.length);
  return power > 0 ? Math.max(silence_db, 10 * Math.log10(power)) : silence_db;
}
