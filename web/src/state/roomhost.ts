/** What the hosts of a room see beside it: messages that wait for them, people in a time-out. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Author, SharedFile } from "./room";

export interface HeldMessage {
  id: string;
  seq: number;
  at: string;
  author: Author;
  text: string;
  reply_to?: string;
  mentions?: string[];
  /** The word of the list it waits for. */
  word?: string;
  files?: SharedFile[];
}

export interface Muted {
  person: Author;
  until: string;
  by: Author;
}

export interface Hosting {
  room: string;
  held: HeldMessage[];
  muted: Muted[];
  /** Messages with one of these wait. */
  words: string[];
}

type Apply = (hosting: Hosting, data: Data, event: EventFrame) => Hosting;

const applied: Record<string, Apply> = {
  message_held: held,
  message_approved: settled,
  message_declined: settled,
  message_withdrawn: settled,
  person_muted: muted,
  person_unmuted: (hosting, { muted: id }) => ({ ...hosting, muted: others(hosting, id) }),
  word_list_set: (hosting, { words }) => ({ ...hosting, words: words as string[] }),
};

export function evolveHosting(hosting: Hosting, event: EventFrame): Hosting {
  return applied[event.name]?.(hosting, event.data, event) ?? hosting;
}

function held(hosting: Hosting, data: Data, { seq, at }: EventFrame): Hosting {
  const { message, ...rest } = data as { message: string; author: Author; text: string; reply_to?: string };
  return { ...hosting, held: [...hosting.held, { id: message, seq, at, ...rest }] };
}

function settled(hosting: Hosting, { message }: Data): Hosting {
  return { ...hosting, held: hosting.held.filter((one) => one.id !== message) };
}

function muted(hosting: Hosting, data: Data, { at }: EventFrame): Hosting {
  const { muted: person, until, by } = data as { muted: Author; until: string; by: Author };
  const still = others(hosting, person.id).filter((one) => Date.parse(one.until) > Date.parse(at));
  return { ...hosting, muted: [...still, { person, until, by }] };
}

function others(hosting: Hosting, id: unknown): Muted[] {
  return hosting.muted.filter((one) => one.person.id !== id);
}
