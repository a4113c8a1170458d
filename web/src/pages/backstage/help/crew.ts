/** The crew's own room: a room like any other, read by those who work on the day alone. */

import type { Role } from "../../../live/me";

export const crew_topic = "room:crew";

const crew: readonly Role[] = ["moderator", "secretariat", "committee"];

export function isCrew(role: Role): boolean {
  return crew.includes(role);
}
