/** The polls as everybody sees them: what is asked, how many have voted, what came of it once that is shown. */

import type { Data, EventFrame } from "../realtime/frames";

export interface Poll {
  id: string;
  question: string;
  options: string[];
  several: boolean;
  state: "open" | "closed" | "shown";
  ballots: number;
  /** For each option; only while shown. */
  counts?: number[];
}

export interface Polls {
  /** The one poll that pages put forward. */
  on_stage?: string;
  /** Oldest first. */
  polls: Poll[];
}

const kept = 50;

type Apply = (polls: Polls, data: Data) => Polls;

const applied: Record<string, Apply> = {
  poll_opened: opened,
  ballots_counted: (polls, { poll, ballots }) => each(polls, poll, (one) => ({ ...one, ballots: Number(ballots) })),
  poll_closed: (polls, { poll, ballots }) => each(polls, poll, (one) => ({ ...one, state: "closed", ballots: Number(ballots) })),
  poll_reopened: (polls, { poll }) => staged(each(polls, poll, (one) => ({ ...one, state: "open" })), poll),
  results_shown: (polls, { poll, ballots, counts }) =>
    staged(each(polls, poll, (one) => ({ ...one, state: "shown", ballots: Number(ballots), counts: counts as number[] })), poll),
  results_hidden: (polls, { poll }) => each(polls, poll, hidden),
  poll_put_away: (polls, { poll }) => (polls.on_stage === poll ? { polls: polls.polls } : polls),
};

export function evolvePolls(polls: Polls, event: EventFrame): Polls {
  return applied[event.name]?.(polls, event.data) ?? polls;
}

export function onStage(polls: Polls | null): Poll | null {
  return polls?.polls.find(({ id }) => id === polls.on_stage) ?? null;
}

function opened({ polls }: Polls, data: Data): Polls {
  const { poll: id, ...rest } = data as { poll: string; question: string; options: string[]; several: boolean };
  const all: Poll[] = [...polls, { id, ...rest, state: "open", ballots: 0 }];
  const oldest = all.length > kept ? all.find((one) => one.id !== id) : undefined;
  return { on_stage: id, polls: all.filter((one) => one !== oldest) };
}

function hidden({ counts: _counts, ...poll }: Poll): Poll {
  return { ...poll, state: "closed" };
}

function staged(polls: Polls, id: unknown): Polls {
  return { ...polls, on_stage: String(id) };
}

function each(polls: Polls, id: unknown, change: (poll: Poll) => Poll): Polls {
  return { ...polls, polls: polls.polls.map((one) => (one.id === id ? change(one) : one)) };
}
