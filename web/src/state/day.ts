/** Reading the show: the questions that pages ask of it. Times are compared as people see them, to the minute. */

import { clock } from "../words/formats";
import type { Item, Section, Show } from "./show";

export function itemOf(show: Show | null, id: string | null | undefined): Item | null {
  return show?.items.find((item) => item.id === id) ?? null;
}

export function spineOf(show: Show): Item[] {
  return show.items.filter((item) => item.parent === null);
}

/** What runs beside an item and can be chosen: its talks or theme meetings, not the committee's window. */
export function choicesOf(show: Show, id: string): Item[] {
  return show.items.filter((item) => item.parent === id && item.kind === "recorded");
}

export function committeeItemOf(show: Show): Item | null {
  return show.items.find((item) => item.kind === "committee_chat") ?? null;
}

/** The slot whose talks or theme meetings can be chosen now, if there is one. */
export function openSlotOf(show: Show): Item | null {
  const now = itemOf(show, show.now);
  return now && choicesOf(show, now.id).length > 0 ? now : null;
}

/** Whether the municipalities talk among themselves now: a discussion, or theme meetings with room for one. */
export function isTalkTime(show: Show): boolean {
  const now = itemOf(show, show.now);
  return now?.kind === "discussion" || (now?.kind === "parallel" && (now.choose ?? 1) > 1);
}

/**
 * What there is to discuss now, by the items it belongs to: what is on; in a discussion, what was shown since the
 * last one. Of what can be chosen, the choice; all of it where none was made.
 */
export function askedNow(show: Show, chosen: (slot: string) => readonly string[]): Item[] {
  const spine = spineOf(show);
  const at = spine.findIndex((item) => item.id === show.now);
  const now = spine[at];
  if (!now) return [];
  const before = now.kind === "discussion" ? spine.slice(spine.slice(0, at).findLastIndex((one) => one.kind === "discussion") + 1, at) : [];
  return [...before.filter((item) => item.state === "done"), now]
    .flatMap((item) => [item, ...pickedOf(show, item.id, chosen(item.id))])
    .filter((item) => (item.questions ?? []).length > 0);
}

function pickedOf(show: Show, slot: string, chosen: readonly string[]): Item[] {
  const all = choicesOf(show, slot);
  const picked = all.filter((item) => chosen.includes(item.id));
  return picked.length > 0 ? picked : all;
}

export function isLate(item: Item): boolean {
  return item.state === "planned" && clock(item.expected_start) !== clock(item.planned_start);
}

export function isWorkBreak(item: Item): boolean {
  return item.kind === "break" || item.kind === "discussion";
}

/** Of its kind something is left to see. */
export function leavesRecording({ kind }: Pick<Item, "kind">): boolean {
  return kind === "live" || kind === "recorded";
}

/** Something that can be seen again once it has been shown. */
export function canReplay(item: Item): boolean {
  return leavesRecording(item) && item.run > 0 && (item.state === "done" || (item.on === "on_demand" && item.state === "on_air"));
}

export function isLocked(item: Item): boolean {
  return item.state === "planned";
}

export function nameOf(item: Item): string {
  return item.short_title ?? item.title;
}

export function fullNameOf(item: Item): string {
  return item.long_title ?? item.title;
}

export interface Part {
  section: Section | null;
  items: Item[];
}

/** The spine in its sections, in the order of the day. */
export function partsOf(show: Show): Part[] {
  const parts: Part[] = [];
  for (const item of spineOf(show)) {
    const section = show.sections.find((one) => one.id === item.section) ?? null;
    const last = parts.at(-1);
    if (last && last.section?.id === section?.id) last.items.push(item);
    else parts.push({ section, items: [item] });
  }
  return parts;
}
