/** A municipality's groups and guests, as its hosts see them. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Author } from "./room";

export interface Group {
  id: string;
  title: string;
  members: Author[];
  guests: Author[];
  closed?: boolean;
}

export interface Groups {
  municipality: string;
  groups: Group[];
  /** Of the municipality's own room. */
  guests: Author[];
}

type Apply = (groups: Groups, data: Data) => Groups;

const applied: Record<string, Apply> = {
  group_opened: (groups, { group, title }) => ({
    ...groups,
    groups: [...groups.groups, { id: String(group), title: String(title), members: [], guests: [] }],
  }),
  group_closed: (groups, { group }) => changed(groups, group, (one) => ({ ...one, members: [], guests: [], closed: true })),
  member_named: (groups, { group, member }) =>
    changed(groups, group, (one) => ({ ...one, members: [...one.members, member as Author] })),
  member_removed: (groups, { group, member }) =>
    changed(groups, group, (one) => ({ ...one, members: without(one.members, member) })),
  guest_invited: (groups, { group, guest }) => withGuests(groups, group, (guests) => [...guests, guest as Author]),
  guest_dismissed: (groups, { group, guest }) => withGuests(groups, group, (guests) => without(guests, guest)),
};

export function evolveGroups(groups: Groups, event: EventFrame): Groups {
  return applied[event.name]?.(groups, event.data) ?? groups;
}

/** What stands behind the colon of the room's topic. */
export function roomOf(groups: Groups, group: Group | null): string {
  return group ? `${groups.municipality}.${group.id}` : groups.municipality;
}

function changed(groups: Groups, id: unknown, change: (group: Group) => Group): Groups {
  return { ...groups, groups: groups.groups.map((one) => (one.id === id ? change(one) : one)) };
}

function withGuests(groups: Groups, id: unknown, change: (guests: Author[]) => Author[]): Groups {
  if (id === undefined) return { ...groups, guests: change(groups.guests) };
  return changed(groups, id, (one) => ({ ...one, guests: change(one.guests) }));
}

function without(people: Author[], id: unknown): Author[] {
  return people.filter((one) => one.id !== id);
}
