/** What the element can do beyond playing, where the browser has it: whole screen, a small window, AirPlay. */

interface AppleVideo extends HTMLVideoElement {
  webkitEnterFullscreen?(): void;
  webkitShowPlaybackTargetPicker?(): void;
}

interface AvailabilityEvent extends Event {
  availability?: string;
}

export function canFullscreen(stage: HTMLElement, video: HTMLVideoElement): boolean {
  return "requestFullscreen" in stage || "webkitEnterFullscreen" in video;
}

/** The stage rather than the video, so that captions and controls come along; iPhone knows the video only. */
export async function turnFullscreen(stage: HTMLElement, video: AppleVideo): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen();
  if ("requestFullscreen" in stage) return stage.requestFullscreen();
  (video as AppleVideo).webkitEnterFullscreen?.();
}

export function canPip(video: HTMLVideoElement): boolean {
  return document.pictureInPictureEnabled && !video.disablePictureInPicture;
}

export async function turnPip(video: HTMLVideoElement): Promise<void> {
  if (document.pictureInPictureElement) await document.exitPictureInPicture();
  else await video.requestPictureInPicture();
}

/** Tells whether there is an AirPlay receiver; returns how to stop listening. */
export function followAirPlay(video: HTMLVideoElement, tell: (available: boolean) => void): () => void {
  const name = "webkitplaybacktargetavailabilitychanged";
  const changed = (event: AvailabilityEvent) => tell(event.availability === "available");
  video.addEventListener(name, changed);
  return () => video.removeEventListener(name, changed);
}

export function chooseAirPlay(video: AppleVideo): void {
  video.webkitShowPlaybackTargetPicker?.();
}
