/** A link's last day, as a day of the edition's own zone; on the line it is the moment after that day. */

import { edition_zone } from "../../words/formats";

const day_ms = 86_400_000;
const shortest_school_term_ms = 90 * day_ms;

/** 2021-07-31, as a date field has it. */
export function lastDayOf(until: string): string {
  return dayAt(Date.parse(until) - 1);
}

export function dayAt(at_ms: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: edition_zone }).format(at_ms);
}

/** The first moment that is not of that day any more; null for what is no day. */
export function endOf(day: string): string | null {
  const utc_ms = Date.parse(`${day}T00:00:00Z`) + day_ms;
  if (Number.isNaN(utc_ms)) return null;
  // The zone's distance to UTC, reckoned at about that moment and once more where it really is.
  const once_ms = utc_ms - offset_ms(utc_ms);
  return new Date(utc_ms - offset_ms(once_ms)).toISOString();
}

/** 31 July; of the next year where this one's is less than three months away. */
export function schoolYearEnd(now_ms: number): string {
  const year = Number(dayAt(now_ms).slice(0, 4));
  const this_ms = Date.parse(endOf(`${year}-07-31`) ?? "");
  return `${this_ms - now_ms >= shortest_school_term_ms ? year : year + 1}-07-31`;
}

function offset_ms(at_ms: number): number {
  const told = new Intl.DateTimeFormat("sv-SE", { timeZone: edition_zone, dateStyle: "short", timeStyle: "medium" }).format(at_ms);
  return Date.parse(`${told.replace(" ", "T")}Z`) - Math.floor(at_ms / 1000) * 1000;
}
