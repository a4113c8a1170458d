/** A municipality's groups and guests, as its hosts see them. */

import type { Data, EventFrame } from "../realtime/frames";
import type { Author } from "./room";

export interface Group {
  id: string;
  title: string;
  members: Author[];
  guests: Author[];
  /** Those who went by themselves. */
  left?: Author[];
  closed?: boolean;
}

export interface Groups {
  municipality: string;
  groups: Group[];
  /** Of the municipality's own room. */
  guests: Author[];
  left?: Author[];
}

const left_kept = 10;

type Apply = (groups: Groups, data: Data) => Groups;

const applied: Record<string, Apply> = {
  group_opened: (groups, { group, title }) => ({
    ...groups,
    groups: [...groups.groups, { id: String(group), title: String(title), members: [], guests: [] }],
  }),
  group_closed: (groups, { group }) => changed(groups, group, ({ left: _, ...one }) => ({ ...one, members: [], guests: [], closed: true })),
  member_named: (groups, { group, member }) =>
    changed(groups, group, (one) => back({ ...one, members: [...one.members, member as Author] }, member as Author)),
  member_removed: (groups, { group, member, by }) =>
    changed(groups, group, (one) => gone({ ...one, members: without(one.members, member) }, member, by as Author)),
  guest_invited: (groups, { group, guest }) =>
    withGuests(groups, group, (of) => back({ ...of, guests: [...of.guests, guest as Author] }, guest as Author)),
  guest_dismissed: (groups, { group, guest, by }) =>
    withGuests(groups, group, (of) => gone({ ...of, guests: without(of.guests, guest) }, guest, by as Author)),
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

interface Place {
  guests: Author[];
  left?: Author[];
}

function withGuests(groups: Groups, id: unknown, change: <P extends Place>(place: P) => P): Groups {
  return id === undefined ? change(groups) : changed(groups, id, change);
}

/** Somebody who is out; who went by themselves is remembered. */
function gone<P extends Place>(place: P, id: unknown, by: Author): P {
  if (by.id !== id) return place;
  return { ...place, left: [...without(place.left ?? [], id), by].slice(-left_kept) };
}

function back<P extends Place>(place: P, who: Author): P {
  const { left = [], ...rest } = place;
  const others = without(left, who.id);
  return { ...rest, ...(others.length > 0 ? { left: others } : {}) } as P;
}

function without(people: Author[], id: unknown): Author[] {
  return people.filter((one) => one.id !== id);
}
