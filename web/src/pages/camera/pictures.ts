/** Pictures and sound to choose from, and what may be wrong with getting them. */

import { openTestPicture, openTestTone } from "./testpicture";

export const screen = "screen";
export const test = "test";
export const none = "none";

export interface Device {
  id: string;
  label: string;
}

export interface Devices {
  cameras: Device[];
  microphones: Device[];
}

export type Trouble = "denied" | "screen_denied" | "no_camera" | "in_use" | "insecure" | "camera_failed" | "ended";

export class Unavailable extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble);
  }
}

const picture: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const shared: MediaTrackConstraints = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 25, max: 30 } };
/** A hall has its own desk: what comes in is sent as it is, but for a browser's echo, which has no loudspeaker here. */
const voice: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: true, channelCount: 2 };

export async function listDevices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind: MediaDeviceKind): Device[] =>
    all.filter((one) => one.kind === kind && one.deviceId !== "").map(({ deviceId, label }) => ({ id: deviceId, label }));
  return { cameras: of("videoinput"), microphones: of("audioinput") };
}

/** A picture by its choice: a camera's id, `screen`, `test`, or empty for whichever camera there is. */
export async function openPicture(choice: string): Promise<MediaStream> {
  if (choice === test) return openTestPicture();
  if (!navigator.mediaDevices) throw new Unavailable("insecure");
  try {
    if (choice === screen) return await openScreen();
    return await navigator.mediaDevices.getUserMedia({ video: { ...picture, ...(choice ? { deviceId: { exact: choice } } : {}) } });
  } catch (error) {
    throw new Unavailable(troubleOf(error, choice === screen));
  }
}

/** Sound by its choice; null where there is none, which is no reason not to send a picture. */
export async function openSound(choice: string): Promise<MediaStream | null> {
  if (choice === none) return null;
  if (choice === test) return openTestTone();
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { ...voice, ...(choice ? { deviceId: { exact: choice } } : {}) } });
  } catch {
    return null;
  }
}

async function openScreen(): Promise<MediaStream> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: shared, audio: true });
  for (const track of stream.getVideoTracks()) track.contentHint = "detail";
  return stream;
}

const troubles: Readonly<Record<string, Trouble>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no_camera",
  OverconstrainedError: "no_camera",
  NotReadableError: "in_use",
  AbortError: "in_use",
};

export function troubleOf(error: unknown, isScreen: boolean): Trouble {
  const trouble = troubles[(error as Partial<Error>)?.name ?? ""] ?? "camera_failed";
  return isScreen && trouble === "denied" ? "screen_denied" : trouble;
}
