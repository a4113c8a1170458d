/** The committee's desk as the committee and the moderators see it. Settled questions go first when it is full. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Answer } from "./committee";
import type { Author } from "./room";

export type DeskStatus =
  | "held"
  | "queued"
  | "claimed"
  | "drafted"
  | "submitted"
  | "answered"
  | "answered_on_air"
  | "declined"
  | "withdrawn"
  | "merged";

/** Who must approve an answer before everybody sees it. */
export type Approval = "nobody" | "moderators" | "colleagues";

export interface DeskQuestion {
  id: string;
  seq: number;
  at: string;
  item: string;
  text?: string;
  asker: Author;
  municipality?: string;
  anonymous: boolean;
  /** A room's, sent on by the asker, its host, for the municipality. */
  proposal?: string;
  status: DeskStatus;
  public?: string;
  votes: number;
  claimed_by?: Author;
  claimed_at?: string;
  draft?: string;
  /** The number of the answer that waits for approval. */
  submitted?: number;
  note?: string;
  answer?: Answer;
  approved_by?: Author;
  merged_into?: string;
}

export interface Desk {
  review: boolean;
  approval: Approval;
  questions: DeskQuestion[];
}

const kept = 500;
const open: readonly DeskStatus[] = ["held", "queued", "claimed", "drafted", "submitted"];
const work = ["claimed_by", "claimed_at", "draft", "submitted", "note"] as const;

export function isOpen(question: DeskQuestion): boolean {
  return open.includes(question.status);
}

type Change = (question: DeskQuestion, data: Data, event: EventFrame) => DeskQuestion;

/** What an event does to the question it names. */
const changes: Record<string, Change> = {
  question_queued: (one, data) => ({ ...one, status: "queued", public: String(data.public) }),
  question_claimed: (one, { by }, { at }) => ({
    ...one,
    status: one.draft === undefined ? "claimed" : "drafted",
    claimed_by: by as Author,
    claimed_at: at,
  }),
  question_released: (one) => ({ ...without(one, "claimed_by", "claimed_at", "submitted", "note"), status: "queued" }),
  answer_drafted: (one, { text }, { at }) => ({ ...without(one, "submitted"), status: "drafted", draft: String(text), claimed_at: at }),
  answer_submitted: (one, { text }, { seq, at }) => ({
    ...without(one, "note"),
    draft: String(text),
    submitted: seq,
    ...unlessAnswered(one, "submitted", at),
  }),
  answer_returned: (one, { text }, { at }) => ({
    ...without(one, "submitted", "note"),
    ...(text === undefined ? {} : { note: String(text) }),
    ...unlessAnswered(one, "drafted", at),
  }),
  answer_given: answered,
  answer_approved: (one, { by }) => ({ ...one, approved_by: by as Author }),
  question_declined: (one) => ({ ...without(one, ...work, "public"), status: "declined", votes: 0 }),
  question_withdrawn: (one) => ({ ...without(one, ...work, "public", "text"), status: "withdrawn", votes: 0 }),
  duplicate_merged: (one, { into }) => ({ ...without(one, ...work), status: "merged", merged_into: String(into), votes: 0 }),
};

/** What goes out anew stands as answered while it waits. */
function unlessAnswered(one: DeskQuestion, status: DeskStatus, at: string): Partial<DeskQuestion> {
  return one.answer ? {} : { status, claimed_at: at };
}

export function evolveDesk(desk: Desk, event: EventFrame): Desk {
  const { name, data } = event;
  if (name === "question_received") return received(desk, event);
  if (name === "question_review_set") return { ...desk, review: data.on === true };
  if (name === "desk_emptied") return { ...desk, questions: [] };
  if (name === "approval_set") return { ...desk, approval: data.approval as Approval };
  if (name === "votes_counted") return counted(desk, data.votes as Record<string, number>);
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

function counted(desk: Desk, votes: Record<string, number>): Desk {
  return { ...desk, questions: desk.questions.map((one) => ({ ...one, votes: votes[one.id] ?? one.votes })) };
}

function answered(one: DeskQuestion, data: Data, { at }: EventFrame): DeskQuestion {
  const { by, question: _named, ...rest } = data as { by: Author; question: string; on_air: boolean; text?: string; said_at?: string };
  return {
    ...without(one, ...work, "approved_by"),
    status: rest.text === undefined ? "answered_on_air" : "answered",
    answer: { author: by, at, ...rest },
  };
}

function each(desk: Desk, id: unknown, change: (question: DeskQuestion) => DeskQuestion): Desk {
  return { ...desk, questions: desk.questions.map((one) => (one.id === id ? change(one) : one)) };
}

function without(question: DeskQuestion, ...fields: (keyof DeskQuestion)[]): DeskQuestion {
  const left = Object.entries(question).filter(([field]) => !fields.includes(field as keyof DeskQuestion));
  return Object.fromEntries(left) as unknown as DeskQuestion;
}
