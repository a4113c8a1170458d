/** The player's keys, as people know them from elsewhere. */

export type KeyAct =
  | { act: "play" }
  | { act: "sound" }
  | { act: "fullscreen" }
  | { act: "captions" }
  | { act: "live" }
  | { act: "seek"; by_s: number }
  | { act: "volume"; by: number }
  | { act: "speed"; by: 1 | -1 };

const acts: Readonly<Record<string, KeyAct>> = {
  " ": { act: "play" },
  k: { act: "play" },
  m: { act: "sound" },
  f: { act: "fullscreen" },
  c: { act: "captions" },
  l: { act: "live" },
  "<": { act: "speed", by: -1 },
  ">": { act: "speed", by: 1 },
  ArrowLeft: { act: "seek", by_s: -10 },
  ArrowRight: { act: "seek", by_s: 10 },
  ArrowUp: { act: "volume", by: 0.1 },
  ArrowDown: { act: "volume", by: -0.1 },
};

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: EventTarget | null;
}

/** Null while somebody writes, or when the key belongs to the control that has the focus. */
export function keyAct(press: KeyPress, inPlayer: boolean): KeyAct | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  const act = acts[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
  const tag = (press.target as Partial<HTMLElement> | null)?.tagName ?? "";
  if (act === null || ["INPUT", "TEXTAREA", "SELECT"].includes(tag)) return null;
  if (press.key === " " && ["BUTTON", "A", "SUMMARY"].includes(tag)) return null;
  // Arrows scroll lists and move between tabs: they are the player's only inside the player.
  return press.key.startsWith("Arrow") && !inPlayer ? null : act;
}
