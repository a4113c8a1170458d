/** How often links were opened, added up: by day and by kind of institution. Nobody knows by whom. */

import type { Institution, Share } from "../../state/shares";

export function total(share: Share): number {
  return Object.values(share.visits).reduce((sum, visits) => sum + visits, 0);
}

/** The last days on which anybody came, newest first. */
export function lastDays(share: Share, most: number): [day: string, visits: number][] {
  return Object.entries(share.visits)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, most);
}

/** Kinds that were visited, the most visited first. */
export function byInstitution(shares: readonly Share[]): [Institution, number][] {
  const sums = new Map<Institution, number>();
  for (const share of shares) sums.set(share.institution, (sums.get(share.institution) ?? 0) + total(share));
  return [...sums].filter(([, visits]) => visits > 0).sort(([, a], [, b]) => b - a);
}
