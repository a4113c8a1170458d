/** Whose a question is at the desk, and since when; the same rule as `chat/answering.py`. */

import type { Author } from "./room";
import { isOpen, type DeskQuestion } from "./desk";

export const claim_lasts_ms = 5 * 60_000;

/** Whether a claim has lain so long that a colleague may take it over. */
export function hasLapsed(question: DeskQuestion, wall_ms: number): boolean {
  if (question.submitted !== undefined || question.claimed_at === undefined) return false;
  return Date.parse(question.claimed_at) + claim_lasts_ms <= wall_ms;
}

/** The colleague who has it; null for one that is mine, free or settled. */
export function colleagueWith(question: DeskQuestion, me: string): Author | null {
  const { claimed_by: by } = question;
  return by && by.id !== me && isOpen(question) ? by : null;
}

/** Whether an answer of somebody else waits for me to approve it. */
export function waitsFor(question: DeskQuestion, me: string): boolean {
  const author = question.claimed_by ?? question.answer?.author;
  return question.submitted !== undefined && author?.id !== me;
}
