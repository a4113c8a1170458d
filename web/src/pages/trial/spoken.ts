/** A finding in words: what was found, and what to do about it. */

import type { Words } from "../../words/da";
import type { Finding } from "./findings";

type TrialWords = Words["trial"];

export function saidOf(words: TrialWords, { code, facts }: Finding): string {
  const said = (words.said as Record<string, (facts: Finding["facts"]) => string>)[code];
  return said ? said(facts) : code;
}

export function adviceOf(words: TrialWords, { code }: Finding): string {
  return words.advice[code] ?? "";
}
