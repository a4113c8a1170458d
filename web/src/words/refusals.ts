/** A refusal in words. The code is the server's; what is not known here still gets a friendly sentence. */

import type { Declined } from "../realtime/client";
import type { Words } from "./da";

const spoken: Readonly<Record<string, keyof Words["refused"]>> = {
  stale: "stale",
  muted: "muted",
  too_fast: "rate",
  rate: "rate",
  text_too_long: "too_long",
  text_empty: "empty",
  window_closed: "closed",
  not_found: "not_found",
  unknown_message: "not_found",
  unknown_question: "not_found",
  unknown_poll: "not_found",
  already_deleted: "not_found",
  no_line: "no_line",
  hits_hard_item: "hits_hard_item",
  claimed_by_other: "claimed",
  answered_by_other: "answered",
  nothing_submitted: "settled",
  stale_answer: "stale_answer",
  own_answer: "own_answer",
  moderators_approve: "moderators_approve",
  one_at_a_time: "one_at_a_time",
  too_many_waiting: "too_many",
  desk_full: "full",
  room_full: "full",
  proposal_sent: "settled",
  unknown_proposal: "not_found",
  too_old: "not_found",
  merge_into_itself: "settled",
};

/** What a message can be refused for because of the files it carries. */
const files_posted = new Set(["unknown_file", "too_many_files"]);

export function refusalText(words: Words, code: string, retry_ms?: number): string {
  if (code === "slow_mode") return words.refused.slow_mode(Math.max(1, Math.ceil((retry_ms ?? 1000) / 1000)));
  const ofFiles = files_posted.has(code) ? words.files.refused[code] : undefined;
  const inRooms = words.rooms.refused[code] ?? words.together.refused[code] ?? ofFiles;
  if (inRooms !== undefined) return inRooms;
  const text = words.refused[spoken[code] ?? (code.startsWith("question_") ? "settled" : "other")];
  return typeof text === "string" ? text : words.refused.other;
}

export function declinedText(words: Words, declined: Declined): string {
  return refusalText(words, declined.code, declined.refused.retry_ms);
}
