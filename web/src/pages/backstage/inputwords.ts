/** Inputs and what is wrong with them as sentences. */

import { number, type Language } from "../../words/formats";
import type { Words } from "../../words/da";
import { isTooLate, type Complaint, type Figures, type InputReport, type Warning } from "./sources";

interface Speech {
  language: Language;
  words: Words;
}

/** Facts that are inputs, and are told by their names. */
const inputs: ReadonlySet<string> = new Set(["input", "instead", "instead_of", "missing", "other"]);

/** A picture's sides are written without a mark for the thousands. */
const sides: ReadonlySet<string> = new Set(["width", "height"]);

export function inputName(words: Words, name: string): string {
  return words.backstage.sources.inputs[name] ?? name;
}

export function warningWords({ language, words }: Speech, { code, ...facts }: Warning): string {
  const said = Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, factWords(language, words, key, fact)]));
  const { warnings, warning } = words.backstage.sources;
  return warnings[code]?.(said) ?? warning(code);
}

/** With the input that it is about, where it is not about the source as a whole. */
export function complaintWords(speech: Speech, { of, ...warning }: Complaint): string {
  const said = warningWords(speech, warning);
  return of === null ? said : `${inputName(speech.words, of)}: ${said}`;
}

/** Size, rate and bitrate, those that are known. */
export function figureWords({ language, words }: Speech, { width, height, fps, bitrate_bps }: Figures): string[] {
  const { bitrate, fps: rate } = words.backstage.sources;
  return [
    width && height ? `${width}×${height}` : null,
    fps ? rate(number(Math.round(fps), language)) : null,
    bitrate_bps ? bitrate(number(Math.round(bitrate_bps / 100_000) / 10, language)) : null,
  ].filter((fact) => fact !== null);
}

export function stateWords({ language, words }: Speech, input: InputReport, isBetter: boolean): string {
  const { state, returns_in_s = 0, behind_s } = input;
  const { behind, returns, states } = words.backstage.sources;
  if (isTooLate(input)) return behind(states[state], number(Math.round(behind_s ?? 0), language));
  const comesBack = isBetter && returns_in_s > 0 && (state === "standby" || state === "settling");
  return comesBack ? returns(states[state], number(returns_in_s, language)) : states[state];
}

function factWords(language: Language, words: Words, key: string, fact: unknown): string {
  if (typeof fact === "number") return sides.has(key) ? String(fact) : number(fact, language);
  if (typeof fact !== "string") return "";
  return inputs.has(key) ? inputName(words, fact) : fact;
}
