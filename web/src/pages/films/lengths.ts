/** How long a film is, how long something still takes, how much a file holds: in the words of the page. */

import type { Words } from "../../words/da";
import { number, type Language } from "../../words/formats";

type Units = Pick<Words["films"], "seconds" | "minutes" | "hours">;

/** 23 min. 20 sek. */
export function lengthOf(units: Units, seconds: number): string {
  const total = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  const parts = [hours > 0 ? units.hours(hours) : null, minutes > 0 ? units.minutes(minutes) : null, rest > 0 ? units.seconds(rest) : null];
  return parts.filter((part) => part !== null).join(" ") || units.seconds(0);
}

/** 40 sek. below a minute; then whole minutes, because nobody believes more. */
export function roughly(units: Units, seconds: number): string {
  return lengthOf(units, seconds < 60 ? seconds : Math.ceil(seconds / 60) * 60);
}

const steps: [number, string][] = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
];

/** 1,2 GB */
export function sizeOf(bytes: number, language: Language): string {
  const [step, unit] = steps.find(([least]) => bytes >= least) ?? [1, "B"];
  const value = bytes / step;
  return `${number(value < 10 ? Math.round(value * 10) / 10 : Math.round(value), language)}\u00A0${unit}`;
}
