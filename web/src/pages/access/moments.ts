/** A moment of show time: its hour on the day itself, with its date on any other. */

import type { Show } from "../../state/show";
import { clock, shortDate } from "../../words/formats";
import { speech } from "../../words/words.svelte";

export function momentWords(moment: string, show: Show): string {
  const hour = speech.words.clock(clock(moment));
  const day = shortDate(moment);
  const its = show.date.split("-").reverse().join(".");
  return day === its ? hour : `${day} ${hour}`;
}
