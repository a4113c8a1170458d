/** What a link to an item would open, as the library has it: whoever makes a link is told beforehand. */

import type { Grant, Library } from "../../state/library";
import type { Item, Show } from "../../state/show";

export type ForLinks = "open" | "later" | "byHand" | "none";

export function canBeShared(item: Item): boolean {
  return item.kind === "live" || item.kind === "recorded";
}

export function forLinks(library: Library | null, show: Show | null, id: string, now_ms: number): ForLinks {
  const grants = (library?.items[id]?.grants ?? []).filter(({ audience }) => audience === "link" || audience === "everybody");
  const standing = grants.filter(({ until }) => until === undefined || Date.parse(until) > now_ms);
  if (standing.some((grant) => isOpen(grant, show, id, now_ms))) return "open";
  if (standing.some(({ when }) => when !== "hand")) return "later";
  return standing.length > 0 ? "byHand" : "none";
}

function isOpen(grant: Grant, show: Show | null, id: string, now_ms: number): boolean {
  if (grant.opened !== undefined) return true;
  if (grant.when === "time") return grant.at !== undefined && Date.parse(grant.at) <= now_ms;
  const cue = grant.item ?? id;
  return grant.when === "cue" && (show?.items.some((item) => item.id === cue && item.actual_start !== null) ?? false);
}
