/** The polls as the moderators have them beside what everybody sees: drafts, and running results. */

import type { Data, EventFrame } from "../realtime/frames";

export interface PollDraft {
  id: string;
  question: string;
  options: string[];
  several: boolean;
}

export interface Tally {
  ballots: number;
  counts: number[];
}

export interface PollsDesk {
  drafts: PollDraft[];
  /** By the poll's public id, oldest first. */
  tallies: Record<string, Tally>;
}

const kept = 50;

type Apply = (desk: PollsDesk, data: Data) => PollsDesk;

const applied: Record<string, Apply> = {
  poll_drafted: (desk, data) => ({ ...desk, drafts: [...desk.drafts, drafted(data)] }),
  draft_changed: (desk, data) => ({ ...desk, drafts: desk.drafts.map((one) => (one.id === data.draft ? drafted(data) : one)) }),
  draft_dropped: (desk, { draft }) => without(desk, draft),
  draft_opened: opened,
  ballots_tallied: (desk, data) => {
    const { poll, ...tally } = data as unknown as Tally & { poll: string };
    return poll in desk.tallies ? { ...desk, tallies: { ...desk.tallies, [poll]: tally } } : desk;
  },
};

export function evolvePollsDesk(desk: PollsDesk, event: EventFrame): PollsDesk {
  return applied[event.name]?.(desk, event.data) ?? desk;
}

function drafted(data: Data): PollDraft {
  const { draft: id, ...rest } = data as unknown as Omit<PollDraft, "id"> & { draft: string };
  return { id, ...rest };
}

function opened(desk: PollsDesk, { draft, poll }: Data): PollsDesk {
  const found = desk.drafts.find(({ id }) => id === draft);
  if (!found) return desk;
  const tallies = { ...desk.tallies, [String(poll)]: { ballots: 0, counts: found.options.map(() => 0) } };
  return { ...without(desk, draft), tallies: Object.fromEntries(Object.entries(tallies).slice(-kept)) };
}

function without(desk: PollsDesk, id: unknown): PollsDesk {
  return { ...desk, drafts: desk.drafts.filter((one) => one.id !== id) };
}
