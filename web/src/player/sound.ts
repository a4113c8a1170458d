/** Sound is off until the person asks for it, and that is remembered. One gesture holds for every later switch. */

const soundKey = "topmoede.sound";
const volumeKey = "topmoede.volume";

export function rememberedSound(): boolean {
  return localStorage.getItem(soundKey) === "on";
}

export function rememberSound(on: boolean): void {
  localStorage.setItem(soundKey, on ? "on" : "off");
}

export function rememberedVolume(): number {
  const volume = Number(localStorage.getItem(volumeKey) ?? "1");
  return volume > 0 && volume <= 1 ? volume : 1;
}

export function rememberVolume(volume: number): void {
  localStorage.setItem(volumeKey, String(volume));
}

/**
 * Plays as the person wants it, or muted where the browser wants a gesture first.
 *
 * Returns: whether it plays at all; false means that one tap is needed.
 */
export async function playAllowed(video: HTMLVideoElement): Promise<boolean> {
  if (await plays(video)) return true;
  if (video.muted) return false;
  video.muted = true;
  return plays(video);
}

async function plays(video: HTMLVideoElement): Promise<boolean> {
  try {
    await video.play();
    return true;
  } catch (error) {
    // A newer load has taken over: that one decides, this one has nothing to ask of the person.
    return !(error instanceof DOMException && error.name === "NotAllowedError");
  }
}
