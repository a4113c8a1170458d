/**
 * How many of what floats over the picture. Five hundred who applaud are not five hundred hands: the sum is written,
 * the hands are a handful, at least one for each kind that was sent.
 */

import type { IconName } from "../../../design/Icon.svelte";

export const kinds = ["applause", "heart", "thumb"] as const;
export type Kind = (typeof kinds)[number];

/** Drawn, not written: not every computer in a council chamber has letters for them. */
export const signs: Readonly<Record<Kind, IconName>> = { applause: "clap", heart: "heart", thumb: "thumb" };

const floating_most = 8;

export type Sums = Partial<Record<Kind, number>>;

/** What one frame of `cheers` says; nothing for what this page does not know. */
export function sumsOf(data: unknown): Sums {
  const said = (data as { sums?: Record<string, unknown> } | null)?.sums ?? {};
  return Object.fromEntries(kinds.flatMap((kind) => (typeof said[kind] === "number" && said[kind] > 0 ? [[kind, said[kind]]] : [])));
}

/** The signs that rise for these sums, mixed. */
export function floating(sums: Sums): Kind[] {
  const sent = kinds.filter((kind) => (sums[kind] ?? 0) > 0);
  const all = sent.reduce((sum, kind) => sum + (sums[kind] ?? 0), 0);
  const share = all > floating_most ? floating_most / all : 1;
  return sent.flatMap((kind) => Array<Kind>(Math.max(1, Math.floor((sums[kind] ?? 0) * share))).fill(kind)).slice(0, floating_most + kinds.length);
}
