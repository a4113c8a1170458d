/** A refusal of the help desk or of the crew's queue, in words. */

import type { Declined } from "../realtime/client";
import type { Words } from "../words/da";

export function helpRefusal({ refused: words }: Words["help"], { code, refused }: Declined): string {
  if (code === "taken_by_other") return words.taken_by_other(String(refused.by));
  const said = (words as Record<string, unknown>)[code];
  return typeof said === "string" ? said : words.other;
}
