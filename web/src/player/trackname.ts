/** What a track of captions is called: its language, and who wrote it where that is worth knowing. */

import { speech } from "../words/words.svelte";
import type { Track } from "./itemcaptions";

export function trackName({ language, kind }: Pick<Track, "language" | "kind">): string {
  const words = speech.words.captions;
  const names = new Intl.DisplayNames(speech.language, { type: "language" });
  return words.track(names.of(language) ?? language, words.kinds[kind] ?? "");
}
