/** Where on the day's recordings a moment of the channel's clock lies, and the address that leads there. */

import { canReplay, spineOf } from "./day";
import type { Item, Show } from "./show";

/** The item that was on the channel at a moment of show time, and can be seen again or started over. */
export function itemOnAirAt(show: Show, show_ms: number): Item | null {
  const on = spineOf(show).find(
    (item) => item.actual_start !== null && Date.parse(item.actual_start) <= show_ms && show_ms < (item.actual_end === null ? Infinity : Date.parse(item.actual_end)),
  );
  if (!on) return null;
  return canReplay(on) || (on.kind === "live" && on.state === "on_air") ? on : null;
}

export function placeAddress(item: string, at: string): string {
  return `/watch?${new URLSearchParams({ item, at }).toString()}`;
}

/** What an address asks for; null when it names no place. */
export function placeOf(url: URL): { item: string; at_ms: number } | null {
  const [item, at_ms] = [url.searchParams.get("item"), Date.parse(url.searchParams.get("at") ?? "")];
  return item !== null && !Number.isNaN(at_ms) ? { item, at_ms } : null;
}
