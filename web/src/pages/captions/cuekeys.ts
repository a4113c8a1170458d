/** The editor's keys. All have Ctrl or Alt, because somebody is writing. */

export type CueAct =
  | "start" | "end" | "earlier" | "later" | "split" | "join" | "insert" | "remove" | "undo" | "redo" | "save" | "previous" | "next" | "play" | "back" | "ahead";

const with_alt: Readonly<Record<string, CueAct>> = {
  ArrowUp: "previous",
  ArrowDown: "next",
  KeyK: "play",
  KeyJ: "back",
  KeyL: "ahead",
  Digit1: "start",
  Digit2: "end",
  Digit3: "earlier",
  Digit4: "later",
  KeyN: "insert",
  Delete: "remove",
};

const with_ctrl: Readonly<Record<string, CueAct>> = { Enter: "split", KeyM: "join", KeyZ: "undo", KeyY: "redo", KeyS: "save" };

type Press = Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** By the place of the key: with Alt, a Mac's keys write other signs. */
export function cueAct({ code, ctrlKey, metaKey, altKey, shiftKey }: Press): CueAct | null {
  const ctrl = ctrlKey || metaKey;
  if (ctrl === altKey) return null; // none, or AltGr
  if (altKey) return shiftKey ? null : (with_alt[code] ?? null);
  if (shiftKey) return code === "KeyZ" ? "redo" : null;
  return with_ctrl[code] ?? null;
}
