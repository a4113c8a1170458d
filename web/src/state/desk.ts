/** The committee's desk as the committee and the moderators see it. Settled questions go first when it is full. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Answer } from "./committee";
import type { Author } from "./room";

export type DeskStatus =
  | "held"
  | "queued"
  | "claimed"
  | "drafted"
  | "answered"
  | "answered_on_air"
  | "declined"
  | "withdrawn"
  | "merged";

export interface DeskQuestion {
  id: string;
  seq: number;
  at: string;
  item: string;
  text?: string;
  asker: Author;
  municipality?: string;
  anonymous: boolean;
  status: DeskStatus;
  public?: string;
  votes: number;
  claimed_by?: Author;
  draft?: string;
  answer?: Answer;
  merged_into?: string;
}

export interface Desk {
  review: boolean;
  questions: DeskQuestion[];
}

const kept = 500;
const open: readonly DeskStatus[] = ["held", "queued", "claimed", "drafted"];

export function isOpen(question: DeskQuestion): boolean {
  return open.includes(question.status);
}

type Change = (question: DeskQuestion, data: Data, event: EventFrame) => DeskQuestion;

/** What an event does to the question it names. */
const changes: Record<string, Change> = {
  question_queued: (one, data) => ({ ...one, status: "queued", public: String(data.public) }),
  question_claimed: (one, { by }) => ({
    ...one,
    status: one.draft === undefined ? "claimed" : "drafted",
    claimed_by: by as Author,
  }),
  question_released: (one) => ({ ...without(one, "claimed_by"), status: "queued" }),
  answer_drafted: (one, { text }) => ({ ...one, status: "drafted", draft: String(text) }),
  answer_given: answered,
  question_declined: (one) => ({ ...without(one, "claimed_by", "draft", "public"), status: "declined", votes: 0 }),
  question_withdrawn: (one) => ({
    ...without(one, "claimed_by", "draft", "public", "text"),
    status: "withdrawn",
    votes: 0,
  }),
  duplicate_merged: (one, { into }) => ({
    ...without(one, "claimed_by", "draft"),
    status: "merged",
    merged_into: String(into),
    votes: 0,
  }),
  voted: (one) => ({ ...one, votes: one.votes + 1 }),
  unvoted: (one) => ({ ...one, votes: one.votes - 1 }),
};

export function evolveDesk(desk: Desk, event: EventFrame): Desk {
  const { name, data } = event;
  if (name === "question_received") return received(desk, event);
  if (name === "question_review_set") return { ...desk, review: data.on === true };
  const change = changes[name];
  if (!change) return desk;
  const changed = each(desk, data.question, (one) => change(one, data, event));
  return name === "duplicate_merged" ? each(changed, data.into, (one) => ({ ...one, votes: Number(data.votes) })) : changed;
}

function received(desk: Desk, { seq, at, data }: EventFrame): Desk {
  const { question: id, ...rest } = data as { question: string } & Pick<DeskQuestion, "item" | "asker" | "anonymous">;
  const questions: DeskQuestion[] = [...desk.questions, { id, seq, at, status: "held", votes: 0, ...rest }];
  const settled = questions.length > kept ? questions.find((one) => !isOpen(one)) : undefined;
  return { ...desk, questions: questions.filter((one) => one !== settled) };
}

function answered(one: DeskQuestion, data: Data, { at }: EventFrame): DeskQuestion {
  const { by, on_air, text } = data as { by: Author; on_air: boolean; text?: string };
  return {
    ...without(one, "claimed_by", "draft"),
    status: text === undefined ? "answered_on_air" : "answered",
    answer: { author: by, at, on_air, ...(text === undefined ? {} : { text }) },
  };
}

function each(desk: Desk, id: unknown, change: (question: DeskQuestion) => DeskQuestion): Desk {
  return { ...desk, questions: desk.questions.map((one) => (one.id === id ? change(one) : one)) };
}

function without(question: DeskQuestion, ...fields: (keyof DeskQuestion)[]): DeskQuestion {
  const left = Object.entries(question).filter(([field]) => !fields.includes(field as keyof DeskQuestion));
  return Object.fromEntries(left) as unknown as DeskQuestion;
}
