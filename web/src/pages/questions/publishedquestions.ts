/** What was asked and answered under an item, also what the live list has no room for any more. */

import type { Question } from "../../state/committee";

export async function fetchQuestions(item: string): Promise<Question[] | null> {
  try {
    const answer = await fetch(`/api/questions/${encodeURIComponent(item)}`);
    return answer.ok ? ((await answer.json()) as { questions: Question[] }).questions : null;
  } catch {
    return null;
  }
}

/**
 * The fetched list brought up to now: what the live list knows is newer; what has left it, though the fetched list
 * is young enough to be among its last, was withdrawn or merged.
 */
export function upToNow(fetched: readonly Question[], live: readonly Question[], item: string): Question[] {
  const known = new Map(live.map((one) => [one.id, one]));
  const oldest = Math.min(...live.map((one) => one.seq));
  const kept = fetched.filter((one) => known.has(one.id) || one.seq < oldest).map((one) => known.get(one.id) ?? one);
  const ids = new Set(kept.map((one) => one.id));
  return [...kept, ...live.filter((one) => one.item === item && !ids.has(one.id))];
}
