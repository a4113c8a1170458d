/**
 * What an order would do to the expected times, before it is given.
 *
 * The server alone decides when things are; this is the same arithmetic as its `schedule/timing.py`, kept to what
 * a person may ask for, so that the board can say "the break ends 10.33 instead of 10.30" while the finger is
 * still in the air. The day shown is never taken from here. The tests hold it against the server's own answers.
 */

import { spineOf } from "../../state/day";
import type { Item, Show } from "../../state/show";

export interface Span {
  id: string;
  start_ms: number;
  end_ms: number;
}

export type Asked =
  | { name: "extend"; item: string; by_ms: number }
  | { name: "trim"; item: string; end_ms: number }
  | { name: "move"; item: string; start_ms: number }
  | { name: "take"; item: string };

interface Slot {
  id: string;
  timing: Item["timing"];
  earliest_ms: number;
  length_ms: number;
  minimum_ms: number;
  began_ms: number | null;
}

export function waits(show: Show): boolean {
  return show.state === "held" || show.mode === "manual";
}

/** Expected times of what is on air and all that follows, as they would be after the order. */
export function forecast(show: Show, now_ms: number, asked: Asked | null): Span[] {
  return layOut(changed(slotsOf(show), show, now_ms, asked), now_ms, waits(show));
}

function slotsOf(show: Show): Slot[] {
  const ahead = spineOf(show).filter((item) => item.id === show.now || item.state === "planned");
  return ahead.map((item) => ({
    id: item.id,
    timing: item.timing,
    earliest_ms: Date.parse(item.earliest_start),
    length_ms: item.length_s * 1000,
    minimum_ms: (item.minimum_s ?? item.length_s) * 1000,
    began_ms: item.state === "on_air" && item.actual_start ? Date.parse(item.actual_start) : null,
  }));
}

function changed(slots: Slot[], show: Show, now_ms: number, asked: Asked | null): Slot[] {
  if (!asked) return slots;
  const index = slots.findIndex((slot) => slot.id === asked.item);
  const slot = slots[index];
  const span = layOut(slots, now_ms, waits(show))[index];
  if (!slot || !span) return slots;
  switch (asked.name) {
    case "extend":
      return replaced(slots, index, withEnd(slot, span, span.end_ms + asked.by_ms));
    case "trim":
      return trimmed(slots, index, slot, span, asked.end_ms);
    case "move":
      return replaced(slots, index, { ...slot, earliest_ms: asked.start_ms });
    case "take":
      return [{ ...slot, began_ms: now_ms }, ...slots.slice(index + 1)];
  }
}

function replaced(slots: Slot[], index: number, slot: Slot): Slot[] {
  return slots.map((one, at) => (at === index ? slot : one));
}

function withEnd(slot: Slot, span: Span, end_ms: number): Slot {
  const base_ms = slot.timing === "elastic" ? slot.earliest_ms : span.start_ms;
  return { ...slot, length_ms: end_ms - base_ms };
}

function trimmed(slots: Slot[], index: number, slot: Slot, span: Span, end_ms: number): Slot[] {
  const pinned = slot.timing === "elastic" ? { ...slot, earliest_ms: span.start_ms } : slot;
  const shorter = replaced(slots, index, withEnd(pinned, span, end_ms));
  const follower = slots[index + 1];
  if (!follower) return shorter;
  return replaced(shorter, index + 1, { ...follower, earliest_ms: Math.min(follower.earliest_ms, end_ms) });
}

function endWhenStarted(slot: Slot, start_ms: number): number {
  if (slot.timing !== "elastic") return start_ms + slot.length_ms;
  const shortest_ms = Math.min(slot.minimum_ms, slot.length_ms);
  return Math.max(start_ms + shortest_ms, slot.earliest_ms + slot.length_ms);
}

function layOut(slots: Slot[], now_ms: number, waiting: boolean): Span[] {
  const starts: number[] = [];
  let free_ms: number | null = null;
  for (const slot of slots) {
    const start_ms: number = slot.began_ms ?? startOf(slot, free_ms, now_ms, waiting);
    starts.push(start_ms);
    free_ms = endWhenStarted(slot, start_ms);
    if (slot.began_ms !== null && waiting) free_ms = Math.max(free_ms, now_ms);
  }
  return joined(slots, starts, free_ms, waiting);
}

function startOf(slot: Slot, free_ms: number | null, now_ms: number, waiting: boolean): number {
  const start_ms = slot.timing !== "hard" && free_ms !== null ? Math.max(slot.earliest_ms, free_ms) : slot.earliest_ms;
  return waiting ? Math.max(start_ms, now_ms) : start_ms;
}

/** Each item ends where the next begins; what lies behind a hard start is cut there. */
function joined(slots: Slot[], starts: number[], free_ms: number | null, waiting: boolean): Span[] {
  const spans: Span[] = [];
  let following_ms: number | null = null;
  for (const [index, slot] of [...slots.entries()].reverse()) {
    const own_ms = starts[index] ?? 0;
    const start_ms: number = following_ms === null || slot.began_ms !== null ? own_ms : Math.min(own_ms, following_ms);
    const end_ms: number = endOf(slot, own_ms, following_ms, free_ms, waiting);
    spans.unshift({ id: slot.id, start_ms, end_ms });
    following_ms = start_ms;
  }
  return spans;
}

function endOf(slot: Slot, own_ms: number, following_ms: number | null, free_ms: number | null, waiting: boolean): number {
  if (following_ms === null) return free_ms ?? own_ms;
  if (slot.began_ms === null) return following_ms;
  return waiting ? Math.max(endWhenStarted(slot, own_ms), following_ms) : Math.max(following_ms, own_ms);
}
