/** What concerns one person alone: own texts that wait, own questions, own votes, time-outs. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Library } from "./library";
import { evolveOwnHelp, type OwnHelp } from "./help";
import type { SharedFile } from "./room";

export interface OwnMessage {
  room: string;
  id: string;
  at: string;
  text: string;
  state: "held" | "declined";
  files?: SharedFile[];
}

export interface OwnQuestion {
  id: string;
  at: string;
  text: string;
  anonymous: boolean;
  state: "held" | "public" | "declined" | "merged";
  public?: string;
}

/** A room somebody was let into: as a member of the group, or as a guest. */
export interface OpenRoom {
  room: string;
  guest: boolean;
  /** The group's; a municipality's own room has none. */
  title?: string;
}

export interface Notices {
  messages: OwnMessage[];
  questions: OwnQuestion[];
  votes: string[];
  /** Places of the options chosen, by poll. */
  ballots: Record<string, number[]>;
  muted: Record<string, string>;
  /** When what this person has shared closes for want of captions, by item. */
  captions?: Record<string, string>;
  /** The thread with the crew. */
  help?: OwnHelp;
  rooms: OpenRoom[];
}

const texts_kept = 50;
const votes_kept = 500;
const ballots_kept = 50;
const warnings_kept = 50;

type Apply = (notices: Notices, data: Data, event: EventFrame) => Notices;

const applied: Record<string, Apply> = {
  own_message_held: (notices, { room, message, text, files }, { at }) => ({
    ...notices,
    messages: [
      ...notices.messages,
      { room: String(room), id: String(message), at, text: String(text), state: "held" as const, ...(files ? { files: files as SharedFile[] } : {}) },
    ].slice(-texts_kept),
  }),
  own_message_declined: (notices, data) => ({
    ...notices,
    messages: notices.messages.map((one) => (isMessage(one, data) ? { ...one, state: "declined" } : one)),
  }),
  own_message_approved: messageGone,
  own_message_withdrawn: messageGone,
  own_room_emptied: (notices, { room }) => ({
    ...notices,
    messages: notices.messages.filter((one) => one.room !== room),
  }),
  own_question_received: (notices, { question, text, anonymous }, { at }) => ({
    ...notices,
    questions: [
      ...notices.questions,
      { id: String(question), at, text: String(text), anonymous: anonymous === true, state: "held" as const },
    ].slice(-texts_kept),
  }),
  own_question_withdrawn: (notices, { question }) => ({
    ...notices,
    questions: notices.questions.filter((one) => one.id !== question),
  }),
  own_questions_emptied: (notices) => ({ ...notices, questions: [] }),
  own_question_published: (notices, { question, public: id }) => questionNow(notices, question, "public", id),
  own_question_declined: (notices, { question }) => questionNow(notices, question, "declined"),
  own_question_merged: (notices, { question, into }) => questionNow(notices, question, "merged", into),
  vote_counted: counted,
  own_ballot_cast: balloted,
  timed_out: (notices, { room, until }) => ({
    ...notices,
    muted: { ...notices.muted, [String(room)]: String(until) },
  }),
  time_out_lifted: (notices, { room }) => ({
    ...notices,
    muted: Object.fromEntries(Object.entries(notices.muted).filter(([one]) => one !== room)),
  }),
  own_captions_warned: (notices, { item, closes_at }) => ({
    ...notices,
    captions: Object.fromEntries(
      [...Object.entries(notices.captions ?? {}).filter(([one]) => one !== item), [String(item), String(closes_at)] as const].slice(-warnings_kept),
    ),
  }),
  room_entered: (notices, { person: _, ...entered }) => ({
    ...notices,
    rooms: [...otherRooms(notices, entered.room), entered as unknown as OpenRoom],
  }),
  room_left: (notices, { room }) => ({ ...notices, rooms: otherRooms(notices, room) }),
  own_help_emptied: ({ help: _, ...notices }) => notices,
};

export function evolveNotices(notices: Notices, event: EventFrame): Notices {
  const apply = applied[event.name];
  if (apply) return apply(notices, event.data, event);
  const help = evolveOwnHelp(notices.help, event);
  return help === undefined || help === notices.help ? notices : { ...notices, help };
}

/** What this person was warned of and is owed still: captions or a waiver end the warning. */
export function sharedThatCloses(notices: Notices | null, library: Library | null): { item: string; closes_at: string }[] {
  return Object.entries(notices?.captions ?? {}).flatMap(([item, closes_at]) => {
    const standing = library?.items[item];
    return standing && standing.captions.length === 0 && !standing.waived ? [{ item, closes_at }] : [];
  });
}

function otherRooms(notices: Notices, room: unknown): OpenRoom[] {
  return notices.rooms.filter((one) => one.room !== room);
}

function isMessage(one: OwnMessage, { room, message }: Data): boolean {
  return one.room === room && one.id === message;
}

function messageGone(notices: Notices, data: Data): Notices {
  return { ...notices, messages: notices.messages.filter((one) => !isMessage(one, data)) };
}

function questionNow(notices: Notices, id: unknown, state: OwnQuestion["state"], shown?: unknown): Notices {
  const questions = notices.questions.map((one) => {
    if (one.id !== id) return one;
    const { public: _before, ...rest } = one;
    return { ...rest, state, ...(shown === undefined ? {} : { public: String(shown) }) };
  });
  return { ...notices, questions };
}

function counted(notices: Notices, data: Data): Notices {
  const { question, voted, along = [] } = data as { question: string; voted: boolean; along?: string[] };
  const votes = notices.votes.filter((one) => one !== question && !along.includes(one));
  return { ...notices, votes: (voted ? [...votes, question] : votes).slice(-votes_kept) };
}

function balloted(notices: Notices, data: Data): Notices {
  const { poll, choices } = data as { poll: string; choices: number[] };
  const others = Object.entries(notices.ballots).filter(([one]) => one !== poll);
  const ballots = choices.length > 0 ? [...others, [poll, choices] as const] : others;
  return { ...notices, ballots: Object.fromEntries(ballots.slice(-ballots_kept)) };
}
