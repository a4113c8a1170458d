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

/**
 * As the server gives them.
 *
 * @param pass what somebody without a session carries instead.
 * @throws where they do not come.
 */
export function askedCaptions(pass?: string): ItemCaptions {
  const carried = pass === undefined ? "" : `pass=${encodeURIComponent(pass)}`;
  return {
    async tracks(item) {
      const answer = await fetched(`/captions/item/${encodeURIComponent(item)}.json${carried && `?${carried}`}`);
      return ((await answer.json()) as { tracks: Track[] }).tracks;
    },
    async cues(item, { language, kind }) {
      const query = `language=${language}&kind=${kind}${carried && `&${carried}`}`;
      return parseCues(await (await fetched(`/captions/item/${encodeURIComponent(item)}.vtt?${query}`)).text());
    },
  };
}

/** Without captions the picture still stands: whatever goes wrong here means that there are none. */
export function fetchedCaptions(pass?: string): ItemCaptions {
  const asked = askedCaptions(pass);
  return {
    tracks: (item) => asked.tracks(item).catch(() => []),
    cues: (item, track) => asked.cues(item, track).catch(() => []),
  };
}

async function fetched(address: string): Promise<Response> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`expected captions, came ${answer.status}`);
  return answer;
}
