/** The captions an item has, as the server tells of them, and which of them somebody wants to read. */

import { parseCues, type Cue } from "./webvtt";

export type TrackKind = "made" | "typed" | "automatic";

export interface Track {
  language: string;
  kind: TrackKind;
  cues: number;
  end_s: number;
  /** Which text it is; another one after every change. */
  version: string;
}

/** `da`, `da typed`: what is remembered of a choice, and what tells two tracks apart. */
export function idOf({ language, kind }: Pick<Track, "language" | "kind">): string {
  return kind === "made" ? language : `${language} ${kind}`;
}

/** The wanted one; else the best of its language; else the first: they come with the best kind first. */
export function chosenOf(tracks: readonly Track[], wanted: string): Track | null {
  const language = wanted.split(" ")[0];
  return tracks.find((track) => idOf(track) === wanted) ?? tracks.find((track) => track.language === language) ?? tracks[0] ?? null;
}

export interface ItemCaptions {
  tracks: (item: string) => Promise<Track[]>;
  cues: (item: string, track: Track) => Promise<Cue[]>;
}

/** Without captions the picture still stands: whatever goes wrong here means that there are none. */
export function fetchedCaptions(): ItemCaptions {
  return {
    async tracks(item) {
      try {
        const answer = await fetch(`/captions/item/${encodeURIComponent(item)}.json`);
        return answer.ok ? ((await answer.json()) as { tracks: Track[] }).tracks : [];
      } catch {
        return [];
      }
    },
    async cues(item, { language, kind }) {
      try {
        const answer = await fetch(`/captions/item/${encodeURIComponent(item)}.vtt?language=${language}&kind=${kind}`);
        return answer.ok ? parseCues(await answer.text()) : [];
      } catch {
        return [];
      }
    },
  };
}
