/** The board between municipalities: conclusions that rooms have published, and the replies under them. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Author } from "./room";

export interface Reply {
  id: string;
  seq: number;
  at: string;
  author: Author;
  municipality?: string;
  text?: string;
  hidden?: boolean;
}

export interface Conclusion {
  id: string;
  seq: number;
  at: string;
  municipality: string;
  author: Author;
  text?: string;
  theme?: string;
  edited?: string;
  hidden?: boolean;
  replies: Reply[];
}

export interface Wall {
  themes: string[];
  conclusions: Conclusion[];
}

const shown = 400;

type Change = (one: Conclusion, data: Data, event: EventFrame) => Conclusion | null;

const applied: Record<string, Change> = {
  conclusion_edited: ({ theme: _, ...one }, { text, theme }, { at }) => ({
    ...one,
    text: String(text),
    ...(theme === undefined ? {} : { theme: String(theme) }),
    edited: at,
  }),
  conclusion_withdrawn: () => null,
  conclusion_hidden: ({ text: _, theme: __, edited: ___, ...one }) => ({ ...one, hidden: true, replies: [] }),
  reply_posted: replied,
  reply_withdrawn: (one, { reply }) => ({ ...one, replies: one.replies.filter(({ id }) => id !== reply) }),
  reply_hidden: (one, { reply }) => ({ ...one, replies: one.replies.map((each) => (each.id === reply ? silenced(each) : each)) }),
};

export function evolveWall(wall: Wall, event: EventFrame): Wall {
  if (event.name === "conclusion_published") return published(wall, event);
  const change = applied[event.name];
  if (!change) return wall;
  const changed = wall.conclusions.map((one) => (one.id === event.data.conclusion ? change(one, event.data, event) : one));
  return { ...wall, conclusions: changed.filter((one) => one !== null) };
}

function published(wall: Wall, { seq, at, data }: EventFrame): Wall {
  const { conclusion: id, ...rest } = data as unknown as Pick<Conclusion, "author" | "municipality" | "text"> & { conclusion: string };
  const conclusions: Conclusion[] = [...wall.conclusions, { id, seq, at, ...rest, replies: [] }];
  if (conclusions.length > shown) conclusions.splice(Math.max(0, conclusions.findIndex(({ hidden }) => hidden)), 1);
  return { ...wall, conclusions };
}

function replied(one: Conclusion, data: Data, { seq, at }: EventFrame): Conclusion {
  const { reply: id, conclusion: _, ...rest } = data as unknown as Pick<Reply, "author" | "text"> & { reply: string; conclusion: string };
  return { ...one, replies: [...one.replies, { id, seq, at, ...rest }] };
}

function silenced({ text: _, ...reply }: Reply): Reply {
  return { ...reply, hidden: true };
}

/** The newest first, of one theme or of all; what is hidden stands there for its own municipality alone. */
export function shownTo(wall: Wall, municipality: string | null, theme: string | null): Conclusion[] {
  const mine = wall.conclusions.filter((one) => !one.hidden || one.municipality === municipality);
  return mine.filter((one) => theme === null || one.hidden || one.theme === theme || one.theme === undefined).reverse();
}

/** The numbers of what others have written. */
export function othersOn(wall: Wall, me: string): number[] {
  const all = wall.conclusions.flatMap((one) => [one, ...one.replies]);
  return all.filter(({ author, hidden }) => author.id !== me && !hidden).map(({ seq }) => seq);
}
