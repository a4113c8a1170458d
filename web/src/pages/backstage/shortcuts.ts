/** The board's keys. They are single letters, so a person can turn them off, and nobody who writes meets them. */

import type { KeyPress } from "../../player/keys";

export type BoardKey = "next" | "back" | "skip" | "hold" | "mode" | "slate" | "announce" | "close";

export const keys: Readonly<Record<Exclude<BoardKey, "close">, string>> = {
  next: "N",
  back: "B",
  skip: "S",
  hold: "H",
  mode: "M",
  slate: "T",
  announce: "A",
};

const meant = new Map<string, BoardKey>([
  ...Object.entries(keys).map(([act, key]): [string, BoardKey] => [key.toLowerCase(), act as BoardKey]),
  ["escape", "close"],
]);

export interface BoardPress extends KeyPress {
  repeat: boolean;
}

export function boardKey(press: BoardPress, on: boolean): BoardKey | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  const act = meant.get(press.key.toLowerCase()) ?? null;
  if (act === "close") return act;
  return on && !isWriting(press.target as Partial<HTMLInputElement> | null) ? act : null;
}

function isWriting(target: Partial<HTMLInputElement> | null): boolean {
  const tag = target?.tagName ?? "";
  return tag === "INPUT" ? target?.type !== "checkbox" : tag === "TEXTAREA" || tag === "SELECT";
}
