/** An item's captions on their way in: in the place of the version they were made from, or refused. */

import type { Track, TrackKind } from "../../player/itemcaptions";
import { Refused, refusalOf } from "../films/tusupload";

/**
 * @param over the version they were made from, empty for none; null replaces whatever is there.
 * @throws Refused `captions_changed` where somebody has saved others meanwhile, `caption_faults`, `no_line` and others.
 */
export async function putItemCaptions(item: string, language: string, kind: TrackKind, body: BodyInit, over: string | null): Promise<Track> {
  const answer = await ask(item, language, kind, { method: "PUT", body, headers: conditionOf(over) });
  return (await answer.json()) as Track;
}

export async function removeItemCaptions(item: string, language: string, kind: TrackKind): Promise<void> {
  await ask(item, language, kind, { method: "DELETE" });
}

function conditionOf(over: string | null): Record<string, string> {
  if (over === null) return {};
  return over === "" ? { "If-None-Match": "*" } : { "If-Match": `"${over}"` };
}

async function ask(item: string, language: string, kind: TrackKind, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`/api/captions/${encodeURIComponent(item)}/${language}?kind=${kind}`, init);
  } catch {
    throw new Refused({ code: "no_line", facts: {} });
  }
  if (!answer.ok) throw await refusalOf(answer);
  return answer;
}
