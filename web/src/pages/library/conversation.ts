/** What was written while a recording was made, each at its own time in it. */

import type { Span } from "../../player/engine";
import { positionAt } from "../../player/spans";
import type { Question } from "../../state/committee";
import type { OpenRoom } from "../../state/person";
import type { Message } from "../../state/room";

export interface Line {
  id: string;
  /** Wall time. */
  at: string;
  name: string | null;
  /** Null: it has been deleted, or is kept no longer. */
  text: string | null;
  answer?: true;
}

/** A conversation one may have read while this was on: a room one is in, or the committee's window. */
export interface Conversation {
  topic: `room:${string}` | "committee";
  /** The room, or null. */
  room: OpenRoom | null;
}

/** One's own municipality's room first, then the rooms one was let into, then what everybody reads. */
export function conversationsOf(municipality: string | null, entered: readonly OpenRoom[]): Conversation[] {
  const own: OpenRoom[] = municipality === null ? [] : [{ room: municipality, guest: false }];
  const rooms = [...own, ...entered.filter(({ room }) => room !== municipality)];
  return [...rooms.map((room): Conversation => ({ topic: `room:${room.room}`, room })), { topic: "committee", room: null }];
}

export interface Placed extends Line {
  at_s: number;
}

const page = 100;
const pages_most = 40;

export interface Talk {
  lines: Line[];
  /** There are older ones than could be fetched. */
  cut: boolean;
}

/** A topic's objects from a moment of the wall on, oldest first. Throws where they cannot be had. */
export async function fetchTalk<T extends { seq: number; at: string }>(topic: string, from_ms: number, read: (one: T) => Line[]): Promise<Talk> {
  const lines: Line[] = [];
  let before = 999_999_999_999_999;
  for (let count = 0; count < pages_most; count += 1) {
    const answer = await fetch(`/api/history?${new URLSearchParams({ topic, before: String(before), limit: String(page) })}`);
    if (!answer.ok) throw new Error(`expected the history of ${topic}; came ${answer.status}`);
    const { items, more } = (await answer.json()) as { items: T[]; more: boolean };
    lines.unshift(...items.flatMap(read));
    const first = items[0];
    if (!more || !first || Date.parse(first.at) < from_ms) return { lines, cut: false };
    before = first.seq;
  }
  return { lines, cut: true };
}

export function ofMessage({ id, at, author, text, deleted }: Message): Line[] {
  return [{ id, at, name: author.name, text: deleted ? null : (text ?? null) }];
}

/** A question when it was asked, and its answer when that was given. */
export function ofQuestion({ id, at, author, text, answer }: Question): Line[] {
  const asked: Line = { id, at, name: author?.name ?? null, text };
  if (!answer?.text) return [asked];
  return [asked, { id: `${id}.answer`, at: answer.at, name: answer.author.name, text: answer.text, answer: true }];
}

/** Those that belong to the recording, by their time in it. */
export function placed(lines: readonly Line[], spans: readonly Span[]): Placed[] {
  return lines
    .flatMap((line) => {
      const at_s = positionAt(spans, Date.parse(line.at));
      return at_s === null ? [] : [{ ...line, at_s }];
    })
    .sort((a, b) => a.at_s - b.at_s);
}

/** How many have been said at a time; they stand first. */
export function saidAt(lines: readonly { at_s: number }[], position_s: number): number {
  const next = lines.findIndex(({ at_s }) => at_s > position_s);
  return next < 0 ? lines.length : next;
}
