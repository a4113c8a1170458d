/** A room as its people see it: the last messages, the pin, how it is run. Absent fields mean none. */

import type { Data, EventFrame } from "../realtime/frames";
import { evolveViewing, type Viewing } from "./viewing";

export interface Author {
  id: string;
  name: string;
  badge?: "host" | "committee" | "moderator" | null;
  /** The role of somebody else whose name this one looks like. */
  like?: "host" | "committee" | "moderator" | null;
}

export interface SharedFile {
  id: string;
  kind: "jpeg" | "png" | "pdf";
  name: string;
  /** In bytes. */
  size: number;
  width?: number;
  height?: number;
  /** What a picture shows, in words. */
  alt?: string;
}

export interface Message {
  id: string;
  seq: number;
  at: string;
  author: Author;
  text?: string;
  reply_to?: string;
  /** Ids of people whose name stands behind an @. */
  mentions?: string[];
  edited?: string;
  deleted?: boolean;
  deleted_by?: string;
  files?: SharedFile[];
  /** Emoji to the ids of those who gave it, in the order they came. */
  reactions: Record<string, string[]>;
}

export interface Room {
  room: string;
  messages: Message[];
  pinned?: string;
  slow_mode_s: number;
  review: boolean;
  /** Nobody but the hosts writes. */
  closed: boolean;
  /** People before one screen, by the id of whoever said so; where they are more than one. */
  heads: Record<string, number>;
  /** The film that everybody here watches at the same second. */
  viewing?: Viewing;
}

const shown = 100;
const screens = 500;

export const emoji = ["👍", "❤️", "👏", "😄", "🤔", "✅"] as const;

type Apply = (room: Room, data: Data, event: EventFrame) => Room;

const applied: Record<string, Apply> = {
  message_posted: posted,
  message_edited: edited,
  message_deleted: buried,
  reacted: (room, { message, emoji, by }) => counted(room, message, String(emoji), (people) => [...people, String(by)]),
  unreacted: (room, { message, emoji, by }) =>
    counted(room, message, String(emoji), (people) => people.filter((one) => one !== by)),
  message_pinned: (room, { message }) => ({ ...room, pinned: String(message) }),
  message_unpinned: unpinned,
  slow_mode_set: (room, { seconds }) => ({ ...room, slow_mode_s: Number(seconds) }),
  room_emptied: emptied,
  review_set: (room, { on }) => ({ ...room, review: on === true }),
  room_closed: (room) => ({ ...room, closed: true }),
  room_opened: (room) => ({ ...room, closed: false }),
  heads_counted: seated,
};

export function evolveRoom(room: Room, event: EventFrame): Room {
  const apply = applied[event.name];
  return apply ? apply(room, event.data, event) : seen(room, event);
}

function seen(room: Room, event: EventFrame): Room {
  const viewing = evolveViewing(room.viewing, event);
  if (viewing === room.viewing) return room;
  const rest = { ...room };
  delete rest.viewing;
  return viewing ? { ...rest, viewing } : rest;
}

function posted(room: Room, data: Data, { seq, at }: EventFrame): Room {
  const { message: id, ...said } = data as { message: string; author: Author; text: string; reply_to?: string; mentions?: string[]; files?: SharedFile[] };
  const newest: Message = { id, seq, at, reactions: {}, ...said };
  const messages = [...room.messages, newest];
  if (messages.length > shown) messages.splice(messages[0]?.id === room.pinned ? 1 : 0, 1);
  return { ...room, messages };
}

/** An edit carries the files as well as the text. */
function edited(room: Room, { message, text, files }: Data, { at }: EventFrame): Room {
  return changed(room, message, (one) => {
    const now: Message = { ...one, text: String(text), edited: at };
    if (files) now.files = files as SharedFile[];
    else delete now.files;
    return now;
  });
}

function seated(room: Room, { by, people }: Data): Room {
  const others = Object.entries(room.heads).filter(([one]) => one !== by);
  const heads = Number(people) > 1 ? [...others, [String(by), Number(people)] as const] : others;
  return { ...room, heads: Object.fromEntries(heads.slice(-screens)) };
}

/** Deleting leaves a stone in the message's place. */
function buried(room: Room, { message, by }: Data): Room {
  const left = changed(room, message, ({ id, seq, at, author, reply_to }) => ({
    id,
    seq,
    at,
    author,
    ...(reply_to ? { reply_to } : {}),
    deleted: true,
    deleted_by: String(by),
    reactions: {},
  }));
  return room.pinned === message ? unpinned(left) : left;
}

/** Every text is gone, and so is the pin; the places stay. */
function emptied(room: Room): Room {
  const standing = room.messages.filter((one) => one.deleted !== true);
  return standing.reduce((left, { id }) => buried(left, { message: id, by: "system" }), room);
}

function unpinned(room: Room): Room {
  const rest = { ...room };
  delete rest.pinned;
  return rest;
}

function counted(room: Room, message: unknown, emoji: string, change: (people: string[]) => string[]): Room {
  return changed(room, message, (one) => {
    const all = Object.entries({ ...one.reactions, [emoji]: change(one.reactions[emoji] ?? []) });
    return { ...one, reactions: Object.fromEntries(all.filter(([, people]) => people.length > 0)) };
  });
}

function changed(room: Room, id: unknown, change: (message: Message) => Message): Room {
  return { ...room, messages: room.messages.map((one) => (one.id === id ? change(one) : one)) };
}
