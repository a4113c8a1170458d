/** What a room would ask the committee: proposed and voted for inside, one sent on by its host. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Author } from "./room";

export interface Proposal {
  id: string;
  seq: number;
  at: string;
  author: Author;
  text: string;
  votes: number;
  sent: boolean;
}

export interface ProposalList {
  room: string;
  proposals: Proposal[];
}

type Change = (proposal: Proposal, data: Data) => Proposal;

const changes: Record<string, Change> = {
  proposal_counted: (one, { votes }) => ({ ...one, votes: Number(votes) }),
  proposal_sent: (one) => ({ ...one, sent: true }),
  proposal_returned: (one) => ({ ...one, sent: false }),
};

export function evolveProposals(list: ProposalList, { name, seq, at, data }: EventFrame): ProposalList {
  if (name === "proposed") {
    const { proposal: id, author, text } = data as { proposal: string; author: Author; text: string };
    return { ...list, proposals: [...list.proposals, { id, seq, at, author, text, votes: 0, sent: false }] };
  }
  if (name === "proposal_withdrawn") return { ...list, proposals: list.proposals.filter((one) => one.id !== data.proposal) };
  if (name === "proposals_emptied") return { ...list, proposals: [] };
  const change = changes[name];
  if (!change) return list;
  return { ...list, proposals: list.proposals.map((one) => (one.id === data.proposal ? change(one, data) : one)) };
}
