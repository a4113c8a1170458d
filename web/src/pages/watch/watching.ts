/**
 * What this page plays: the main channel, unless the person has picked something else.
 *
 * A pick made inside a slot lasts as long as the slot: when the day goes on, so does the page. A recording picked
 * outside a slot lasts until the person leaves it. A pick that cannot be shown any more counts as none.
 */

import { canReplay, itemOf, openSlotOf } from "../../state/day";
import type { Item, Show } from "../../state/show";
import type { Programme } from "../../player/player.svelte";

export interface Pick {
  item: string;
  /** The slot it was picked in; null: a recording, outside any. */
  slot: string | null;
  /** From the beginning, though it is still on: the run that is started over. */
  over?: boolean;
}

export interface Watching {
  programme: Programme;
  item: Item | null;
  isMain: boolean;
}

export const main: Programme = { url: "/hls/main/index.m3u8", live: true };

export function watching(show: Show | null, pick: Pick | null): Watching {
  const item = itemOf(show, pick?.item);
  const programme = show && item && pick ? picked(show, item, pick) : null;
  if (programme) return { programme, item, isMain: false };
  return { programme: main, item: itemOf(show, show?.now), isMain: true };
}

/** What picking an item means now; null when it cannot be watched. */
export function pickOf(show: Show, item: Item): Pick | null {
  const slot = openSlotOf(show);
  const pick: Pick = { item: item.id, slot: slot && item.parent === slot.id ? slot.id : null };
  return picked(show, item, pick) ? pick : null;
}

function picked(show: Show, item: Item, pick: Pick): Programme | null {
  if (pick.slot !== null && pick.slot !== show.now) return null;
  if (pick.over) return recording(item);
  if (item.parent !== null && item.on === "channel" && item.state === "on_air") return channel(item);
  return canReplay(item) ? recording(item) : null;
}

function channel(item: Item): Programme {
  return { url: `/hls/${encodeURIComponent(item.id)}/index.m3u8`, live: true };
}

/** An item from its beginning, as long as it is. */
export function recording(item: Item): Programme {
  return { url: `/replay/${encodeURIComponent(item.id)}/index.m3u8`, live: false };
}
