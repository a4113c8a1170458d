/** Effects and lengths of time as sentences. */

import { nameOf } from "../../state/day";
import type { Words } from "../../words/da";
import type { Effect } from "./effects";
import type { Hour } from "./hours";

type Spoken = Words["backstage"]["effects"];

export function effectWords(words: Spoken, hour: Hour, effect: Effect): string {
  const title = nameOf(effect.item);
  switch (effect.name) {
    case "ends":
      return words.ends(title, hour(effect.at_ms), hour(effect.was_ms));
    case "starts":
      return words.starts(title, hour(effect.at_ms), hour(effect.was_ms));
    case "shorter":
      return words.shorter(title, lengthWords(words, effect.by_ms));
    case "hits":
      return words.hits(title, hour(effect.at_ms));
    default:
      return words[effect.name](title);
  }
}

/** "5 minutter", "30 sekunder": the nearest of the two that tells the truth. */
export function lengthWords(words: Spoken, ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 60 || (seconds % 60 !== 0 && seconds < 300)) return words.seconds(seconds);
  return words.minutes(Math.round(seconds / 60));
}
