/** The queue of those who have asked for help, as the crew sees it. */

import type { Data, EventFrame } from "../realtime/frames";
import { added, type Line, type What } from "./help";
import type { Author } from "./room";

export interface Diagnosis {
  page?: string;
  browser?: string;
  screen?: string;
  network?: string;
  line?: string;
  picture?: string;
  sound?: string;
  behind?: string;
  errors?: string;
}

export interface HelpRequest {
  id: string;
  seq: number;
  at: string;
  asker: Author;
  municipality?: string;
  what: What;
  text?: string;
  diagnosis: Diagnosis;
  status: "waiting" | "taken" | "settled";
  /** Since when somebody waits for the crew; absent: it is the asker's turn. */
  need?: string;
  taken_by?: Author;
  lines: Line[];
  settled?: { by: Author; at: string };
}

export interface HelpQueue {
  requests: HelpRequest[];
}

const settled_kept = 60;

type Change = (request: HelpRequest, data: Data, event: EventFrame) => HelpRequest;

const applied: Record<string, Change> = {
  help_added: (request, _, event) => ({ ...request, need: event.at, lines: added(request.lines, event) }),
  help_taken: (request, { by }) => ({ ...request, status: "taken", taken_by: by as Author }),
  help_released: ({ taken_by: _, ...request }) => ({ ...request, status: "waiting" }),
  help_answered: ({ need: _, ...request }, { by }, event) => ({
    ...request,
    status: "taken",
    taken_by: by as Author,
    lines: added(request.lines, event),
  }),
  help_settled: ({ need: _, ...request }, { by }, { at }) => ({ ...request, status: "settled", settled: { by: by as Author, at } }),
};

export function evolveHelpQueue(queue: HelpQueue, event: EventFrame): HelpQueue {
  if (event.name === "help_asked") return asked(queue, event);
  if (event.name === "help_emptied") return { requests: [] };
  const change = applied[event.name];
  if (!change) return queue;
  const requests = queue.requests.map((one) => (one.id === event.data.request ? change(one, event.data, event) : one));
  return { requests: event.name === "help_settled" ? trimmed(requests) : requests };
}

function asked(queue: HelpQueue, { seq, at, data }: EventFrame): HelpQueue {
  const { request: id, ...rest } = data as unknown as Pick<HelpRequest, "asker" | "what" | "diagnosis"> & { request: string };
  return { requests: [...queue.requests, { id, seq, at, ...rest, status: "waiting", need: at, lines: [] }] };
}

function trimmed(requests: HelpRequest[]): HelpRequest[] {
  const settled = requests.filter((one) => one.settled);
  if (settled.length <= settled_kept) return requests;
  const first = settled.reduce((least, one) => (moment(one) < moment(least) ? one : least));
  return requests.filter((one) => one !== first);
}

/** What somebody waits for first, the newest need first; then what waits for the asker; then what is settled. */
export function inOrder(queue: HelpQueue): HelpRequest[] {
  return [...queue.requests].sort((a, b) => rank(a) - rank(b) || moment(b) - moment(a));
}

function rank(one: HelpRequest): number {
  return one.settled ? 2 : one.need === undefined ? 1 : 0;
}

function moment(one: HelpRequest): number {
  return Date.parse(one.need ?? one.settled?.at ?? one.at);
}
