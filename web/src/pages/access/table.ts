/** The table of what is open to whom, as the server says it, and what stands in each of its cells. */

import type { Audience, Grant } from "../../state/library";

export interface ToldGrant extends Grant {
  open: boolean;
  opens_at?: string;
}

export interface Row {
  item: string;
  grants: ToldGrant[];
  captions: string[];
  waived: boolean;
  missing?: "captions" | "captions_overdue";
  warns_at?: string;
  closes_at?: string;
}

export interface Table {
  now: string;
  items: Row[];
}

export const AUDIENCES: readonly Audience[] = ["attendees", "registered", "municipality", "link", "everybody"];

/** Who is among whom: what is open to the second is open to the first. */
const AMONG: Readonly<Record<Audience, readonly Audience[]>> = {
  attendees: ["registered", "everybody"],
  municipality: ["registered", "everybody"],
  registered: ["everybody"],
  link: ["everybody"],
  everybody: [],
};

export type Stand = "open" | "shut" | "over" | "at" | "with" | "hand" | "never";

/** How one grant stands at a moment of show time. */
export function standOf(row: Row, grant: ToldGrant, now_ms: number): Stand {
  if (grant.until !== undefined && Date.parse(grant.until) <= now_ms) return "over";
  if (grant.open) return row.missing === undefined ? "open" : "shut";
  if (grant.when === "hand") return "hand";
  if (grant.when === "time") return "at";
  return grant.opens_at === undefined ? "never" : "with";
}

export function grantsOf(row: Row, audience: Audience): ToldGrant[] {
  return row.grants.filter((grant) => grant.audience === audience);
}

/** The broader audience through which an item is open to this one now, if it is by no grant of its own. */
export function broaderOf(row: Row, audience: Audience, now_ms: number): Audience | null {
  const isOpen = (other: Audience) => grantsOf(row, other).some((grant) => standOf(row, grant, now_ms) === "open");
  return AMONG[audience].find(isOpen) ?? null;
}

/** The broader audience that an item will be open to, where it is open to none: what comes, comes to this one too. */
export function comingOf(row: Row, audience: Audience, now_ms: number): Audience | null {
  const comes = (other: Audience) => grantsOf(row, other).some((grant) => ["at", "with", "shut"].includes(standOf(row, grant, now_ms)));
  return AMONG[audience].find(comes) ?? null;
}

/** When something in the table changes by the clock alone; null for never. */
export function nextMoment_ms(table: Table, now_ms: number): number | null {
  const moments = table.items.flatMap((row) => [row.closes_at, row.warns_at, ...row.grants.flatMap(({ opens_at, until }) => [opens_at, until])]);
  const later = moments.flatMap((moment) => (moment === undefined ? [] : [Date.parse(moment)])).filter((ms) => ms > now_ms);
  return later.length === 0 ? null : Math.min(...later);
}
