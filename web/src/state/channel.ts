/** A channel: what the show put on it, and what is really shown since when. */

import type { Data, EventFrame } from "../realtime/frames";

export interface Content {
  kind: "live" | "film" | "slate";
  source: string | null;
  film: string | null;
  title: string;
  text: string;
  choices: string[];
}

export interface Put extends Content {
  item: string | null;
  run: number;
  since: string;
}

export interface OnAir {
  item: string | null;
  run: number;
  kind: Content["kind"];
  source: string;
  generation: number;
  number: number;
  /** Wall time of its first picture, the same clock as PROGRAM-DATE-TIME. */
  began: string;
}

export interface Channel {
  put: Put | null;
  on_air: OnAir | null;
}

const nothing: Content = { kind: "slate", source: null, film: null, title: "", text: "", choices: [] };

type Apply = (channel: Channel, data: Data, at: string) => Channel;

const applied: Record<string, Apply> = {
  channel_put: (channel, { content, item = null, run }, at) => ({
    ...channel,
    put: { ...nothing, ...(content as Partial<Content>), item: item as string | null, run: Number(run), since: at },
  }),
  slate_reworded: (channel, { title, text, choices }) =>
    channel.put
      ? { ...channel, put: { ...channel.put, title: String(title), text: String(text), choices: choices as string[] } }
      : channel,
  source_on_air: (channel, data) => ({ ...channel, on_air: { item: null, ...data } as OnAir }),
};

export function evolveChannel(channel: Channel, { name, data, at }: EventFrame): Channel {
  return applied[name]?.(channel, data, at) ?? channel;
}

/** The film that is really shown, and the wall time of its first picture. */
export function filmOnAir({ put, on_air }: Channel): { film: string; start_ms: number } | null {
  if (on_air?.kind !== "film" || put?.film == null || put.item !== on_air.item) return null;
  return { film: put.film, start_ms: Date.parse(on_air.began) };
}
