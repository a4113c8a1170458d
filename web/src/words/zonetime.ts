/** A moment as a field of the kind `datetime-local` writes it, in the edition's own zone and not in the browser's. */

import { edition_zone } from "./formats";

const format = new Intl.DateTimeFormat("en-GB", {
  timeZone: edition_zone,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** 2021-01-28T14:30 */
export function localOf(moment: string | number): string {
  const parts = Object.fromEntries(format.formatToParts(new Date(moment)).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** The moment that a field names; null where it names none. An hour that occurs twice is its first. */
export function momentOf(local: string): string | null {
  const meant_ms = Date.parse(`${local}Z`);
  if (local === "" || Number.isNaN(meant_ms)) return null;
  const hours = [2, 1, 0, 3].map((before) => meant_ms - before * 3_600_000);
  const found_ms = hours.find((ms) => localOf(ms) === local.slice(0, 16));
  return found_ms === undefined ? null : new Date(found_ms).toISOString();
}
