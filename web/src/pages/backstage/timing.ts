/** Steps by which a person changes a time, and what the change is called to the server. */

import type { Item } from "../../state/show";
import type { Asked } from "./forecast";

export interface Steps {
  /** Earlier, nearest last; later, nearest first. */
  earlier_ms: number[];
  later_ms: number[];
}

const s = 1_000;
const min = 60_000;

/** A day planned in seconds is trimmed and moved in seconds; extensions are whole minutes everywhere. */
export function stepsOf(field: "start" | "end", fine: boolean): Steps {
  if (!fine) return { earlier_ms: [-5 * min, -1 * min], later_ms: [1 * min, 5 * min] };
  return { earlier_ms: [-30 * s, -10 * s], later_ms: field === "end" ? [1 * min, 5 * min] : [10 * s, 30 * s] };
}

/** What an item may be asked, as it stands. */
export function canMove(item: Item): boolean {
  return item.state === "planned" && (item.parent === null || item.timing === "hard");
}

export function canEnd(item: Item): boolean {
  return item.kind !== "end" && (item.state === "planned" || item.state === "on_air");
}

export function askedOf(item: Item, field: "start" | "end", by_ms: number): Asked | null {
  if (by_ms === 0) return null;
  if (field === "start") return { name: "move", item: item.id, start_ms: Date.parse(item.expected_start) + by_ms };
  if (by_ms > 0) return { name: "extend", item: item.id, by_ms };
  return { name: "trim", item: item.id, end_ms: Date.parse(item.expected_end) + by_ms };
}

/** The order as it goes to the server. */
export function orderOf(asked: Asked): { name: string; data: Record<string, unknown> } {
  switch (asked.name) {
    case "extend":
      return { name: "extend", data: { item: asked.item, minutes: asked.by_ms / min } };
    case "trim":
      return { name: "trim", data: { item: asked.item, end: new Date(asked.end_ms).toISOString() } };
    case "move":
      return { name: "move", data: { item: asked.item, start: new Date(asked.start_ms).toISOString() } };
    case "take":
      return { name: "take", data: { item: asked.item } };
  }
}

/** Whether the moment asked for can still be had. */
export function isPossible(item: Item, asked: Asked, now_ms: number): boolean {
  if (asked.name === "trim") return asked.end_ms > Math.max(now_ms, Date.parse(item.expected_start));
  return asked.name !== "move" || asked.start_ms > now_ms;
}
