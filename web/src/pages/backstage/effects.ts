/**
 * An order's effect, told as the few things that a person would want to know: what it itself does, which items get
 * other times, where the day catches up, and what stands in the way.
 */

import { itemOf, spineOf } from "../../state/day";
import type { Item, Show } from "../../state/show";
import { forecast, type Asked, type Span } from "./forecast";

export type Effect =
  | { name: "ends"; item: Item; at_ms: number; was_ms: number }
  | { name: "starts"; item: Item; at_ms: number; was_ms: number }
  | { name: "shorter"; item: Item; by_ms: number }
  | { name: "skips"; item: Item }
  | { name: "leaves"; item: Item }
  | { name: "recovered"; item: Item }
  | { name: "hits"; item: Item; at_ms: number };

const told = 3;
const worth_telling_ms = 1_000;

export function effectsOf(show: Show, now_ms: number, asked: Asked): Effect[] {
  const before = byId(forecast(show, now_ms, null));
  const after = forecast(show, now_ms, asked);
  const stop = inTheWay(show, before, after, asked);
  if (stop) return [stop];
  const first: Effect[] = asked.name === "take" ? passedOver(show, asked.item) : ownTimes(show, before, after, asked.item);
  return [...first, ...onOthers(show, before, after, asked.item)];
}

export function isRefused(effects: Effect[]): boolean {
  return effects.some(({ name }) => name === "hits");
}

function byId(spans: Span[]): Map<string, Span> {
  return new Map(spans.map((span) => [span.id, span]));
}

function passedOver(show: Show, taken: string): Effect[] {
  const spine = spineOf(show);
  const at = spine.findIndex((item) => item.id === taken);
  const skipped = spine.slice(0, at).filter((item) => item.state === "planned");
  const current = itemOf(show, show.now);
  const left: Effect[] = current ? [{ name: "leaves", item: current }] : [];
  return [...left, ...skipped.map((item): Effect => ({ name: "skips", item }))];
}

function ownTimes(show: Show, before: Map<string, Span>, after: Span[], id: string): Effect[] {
  const item = itemOf(show, id);
  const [was, will] = [before.get(id), after.find((span) => span.id === id)];
  if (!item || !was || !will) return [];
  if (differs(was.start_ms, will.start_ms)) return [{ name: "starts", item, at_ms: will.start_ms, was_ms: was.start_ms }];
  return differs(was.end_ms, will.end_ms) ? [{ name: "ends", item, at_ms: will.end_ms, was_ms: was.end_ms }] : [];
}

/** The next items that move, what gives way for it, and the first that keeps its time after them. */
function onOthers(show: Show, before: Map<string, Span>, after: Span[], asked: string): Effect[] {
  const effects: Effect[] = [];
  const from = after.findIndex((span) => span.id === asked) + 1;
  for (const will of after.slice(from)) {
    const [item, was] = [itemOf(show, will.id), before.get(will.id)];
    if (!item || !was) continue;
    if (!differs(was.start_ms, will.start_ms)) {
      if (effects.length > 0) effects.push({ name: "recovered", item });
      break;
    }
    effects.push({ name: "starts", item, at_ms: will.start_ms, was_ms: was.start_ms });
    const lost_ms = was.end_ms - was.start_ms - (will.end_ms - will.start_ms);
    if (item.timing === "elastic" && lost_ms >= worth_telling_ms) effects.push({ name: "shorter", item, by_ms: lost_ms });
  }
  const last = effects.at(-1);
  return effects.length <= told || last?.name !== "recovered" ? effects.slice(0, told) : [...effects.slice(0, told - 1), last];
}

/** A hard item in the way of an extension or a move: the server will refuse it, and it is kinder to say so first. */
function inTheWay(show: Show, before: Map<string, Span>, after: Span[], asked: Asked): Effect | null {
  if (asked.name !== "extend") return null;
  const item = itemOf(show, asked.item);
  const [was, will] = [before.get(asked.item), after.find((span) => span.id === asked.item)];
  if (!item || !was || !will || item.parent !== null) return null;
  if (will.end_ms - was.end_ms >= asked.by_ms - worth_telling_ms) return squeezed(show, before, after);
  const hard = spineOf(show).find((one) => one.state === "planned" && one.timing === "hard" && Date.parse(one.earliest_start) >= was.end_ms);
  return hard ? { name: "hits", item: hard, at_ms: Date.parse(hard.earliest_start) } : null;
}

/** An item before a hard start that is cut below what it needs. */
function squeezed(show: Show, before: Map<string, Span>, after: Span[]): Effect | null {
  for (const [index, will] of after.entries()) {
    const [item, was, following] = [itemOf(show, will.id), before.get(will.id), itemOf(show, after[index + 1]?.id)];
    if (!item || !was || following?.timing !== "hard") continue;
    const need_ms = (item.timing === "elastic" ? Math.min(item.minimum_s ?? item.length_s, item.length_s) : item.length_s) * 1000;
    const has_ms = will.end_ms - will.start_ms;
    if (has_ms < need_ms - worth_telling_ms && has_ms < was.end_ms - was.start_ms - worth_telling_ms) {
      return { name: "hits", item: following, at_ms: Date.parse(following.earliest_start) };
    }
  }
  return null;
}

function differs(a_ms: number, b_ms: number): boolean {
  return Math.abs(a_ms - b_ms) >= worth_telling_ms;
}

