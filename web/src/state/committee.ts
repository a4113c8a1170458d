/** The committee's window as everybody sees it: when it is open, what is asked, what is answered. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Author } from "./room";

export interface Window {
  state: "before" | "open" | "closed";
  item?: string;
  opens?: string;
  closes?: string;
}

export interface Answer {
  author: Author;
  at: string;
  on_air: boolean;
  text?: string;
  /** Where a spoken answer begins on the channel's clock. */
  said_at?: string;
}

export interface Question {
  id: string;
  seq: number;
  at: string;
  text: string;
  item: string;
  author?: Author;
  municipality?: string;
  /** The municipality's, sent by its host, the author. */
  on_behalf?: boolean;
  votes: number;
  answer?: Answer;
}

export interface Committee {
  window: Window;
  questions: Question[];
  /** Questions that now stand behind another: from public id to public id. */
  merged: Record<string, string>;
  /** Shown large on the screen in the hall, and first on every page. */
  pinned?: string;
}

const shown = 200;

type Apply = (committee: Committee, data: Data, event: EventFrame) => Committee;

const applied: Record<string, Apply> = {
  window_planned: (committee, data) => ({ ...committee, window: { state: "before", ...(data as Omit<Window, "state">) } }),
  window_opened: (committee, data) => ({ ...committee, window: { state: "open", ...(data as Omit<Window, "state">) } }),
  window_closed: (committee) => ({ ...committee, window: { ...committee.window, state: "closed" } }),
  question_asked: asked,
  question_removed: (committee, { question }) => without(committee, String(question)),
  questions_merged: merged,
  votes_tallied: (committee, data) => {
    const votes = data.votes as Record<string, number>;
    return { ...committee, questions: committee.questions.map((one) => ({ ...one, votes: votes[one.id] ?? one.votes })) };
  },
  question_pinned: (committee, { question }) => ({ ...committee, pinned: String(question) }),
  question_unpinned: (committee, { question }) => unpinned(committee, String(question)),
  question_answered: (committee, { question, ...answer }, { at }) => ({
    ...committee,
    questions: committee.questions.map((one) =>
      one.id === question ? { ...one, answer: { ...(answer as Omit<Answer, "at">), at } } : one,
    ),
  }),
};

export function evolveCommittee(committee: Committee, event: EventFrame): Committee {
  return applied[event.name]?.(committee, event.data, event) ?? committee;
}

function asked(committee: Committee, data: Data, { seq, at }: EventFrame): Committee {
  const { question: id, ...rest } = data as { question: string; text: string; item: string };
  const questions = [...committee.questions, { id, seq, at, votes: 0, ...rest }];
  const loose = questions.filter((one) => one.id !== committee.pinned);
  const oldest = loose.find((one) => one.answer) ?? loose[0];
  const left = { ...committee, questions };
  return questions.length > shown && oldest ? without(left, oldest.id) : left;
}

function without(committee: Committee, id: string): Committee {
  return {
    ...unpinned(committee, id),
    questions: committee.questions.filter((one) => one.id !== id),
    merged: Object.fromEntries(Object.entries(committee.merged).filter(([, into]) => into !== id)),
  };
}

function unpinned(committee: Committee, id: string): Committee {
  if (committee.pinned !== id) return committee;
  const { pinned: _gone, ...rest } = committee;
  return rest;
}

function merged(committee: Committee, { question, into }: Data): Committee {
  const [id, to] = [String(question), String(into)];
  const pointing = Object.entries(committee.merged).map(([gone, at]) => [gone, at === id ? to : at]);
  return {
    ...committee,
    questions: committee.questions.filter((one) => one.id !== id),
    merged: { ...Object.fromEntries(pointing), [id]: to },
    ...(committee.pinned === id ? { pinned: to } : {}),
  };
}
