/** Which reducer keeps which topic. The kind of a topic is its name up to the colon. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Evolve } from "../realtime/topiclog";
import { evolveWall, type Wall } from "./board";
import { evolveChannel, type Channel } from "./channel";
import { evolveChoices, type Choices } from "./choice";
import { evolveCommittee, type Committee } from "./committee";
import { evolveDesk, type Desk } from "./desk";
import { evolveHelp, type Help } from "./help";
import { evolveHelpQueue, type HelpQueue } from "./helpdesk";
import { evolveDocuments, type DocumentDesk } from "./documents";
import { evolveGroups, type Groups } from "./groups";
import { evolveLibrary, evolveWaivers, type Library, type Waivers } from "./library";
import { evolveInputs, type Inputs } from "./inputs";
import { evolveNotes, type Notes } from "./notes";
import { evolveNotices, type Notices } from "./person";
import type { People } from "./people";
import { evolvePolls, type Polls } from "./polls";
import { evolvePollsDesk, type PollsDesk } from "./pollsdesk";
import { evolveProgramme, type Published } from "./programme";
import { evolveRecordings, type Recordings } from "./recordings";
import { evolveRoom, type Room } from "./room";
import { evolveHosting, type Hosting } from "./roomhost";
import { evolveProposals, type ProposalList } from "./proposals";
import { evolveShares, type Shares } from "./shares";
import { evolveShow, type Show } from "./show";

interface States {
  show: Show;
  room: Room;
  "room.host": Hosting;
  groups: Groups;
  committee: Committee;
  "committee.desk": Desk;
  proposals: ProposalList;
  notes: Notes;
  person: Notices;
  choice: Choices;
  library: Library;
  shares: Shares;
  "library.desk": Waivers;
  "library.documents": DocumentDesk;
  programme: Published;
  channel: Channel;
  inputs: Inputs;
  recordings: Recordings;
  polls: Polls;
  "polls.desk": PollsDesk;
  help: Help;
  "help.desk": HelpQueue;
  board: Wall;
}

/** Of these only the newest value counts, and it comes whole. */
interface Newest {
  people: People;
  presence: { count: number };
}

const reducers: { [K in keyof States]: Evolve<States[K]> } = {
  show: evolveShow,
  room: evolveRoom,
  "room.host": evolveHosting,
  groups: evolveGroups,
  committee: evolveCommittee,
  "committee.desk": evolveDesk,
  proposals: evolveProposals,
  notes: evolveNotes,
  person: evolveNotices,
  choice: evolveChoices,
  library: evolveLibrary,
  shares: evolveShares,
  "library.desk": evolveWaivers,
  "library.documents": evolveDocuments,
  programme: evolveProgramme,
  channel: evolveChannel,
  inputs: evolveInputs,
  recordings: evolveRecordings,
  polls: evolvePolls,
  "polls.desk": evolvePollsDesk,
  help: evolveHelp,
  "help.desk": evolveHelpQueue,
  board: evolveWall,
};

export const kinds = Object.keys(reducers) as (keyof States)[];

type Kind<T extends string> = T extends `${infer K}:${string}` ? K : T;

type All = States & Newest;

export type StateOf<T extends string> = Kind<T> extends keyof All ? All[Kind<T>] : Data;

export function kindOf(topic: string): string {
  return topic.split(":", 1)[0] ?? topic;
}

/** A kind without a reducer is a state topic, or one this page is too old to know: its events change nothing. */
export function reducerFor<T extends string>(topic: T): Evolve<StateOf<T>> {
  const known = (reducers as unknown as Record<string, Evolve<StateOf<T>>>)[kindOf(topic)];
  return known ?? ((state: StateOf<T>, event: EventFrame) => (event ? state : state));
}
