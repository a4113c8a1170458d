/** When something that is locked opens, in words. */

import type { Words } from "../../words/da";
import { clock, shortDate } from "../../words/formats";
import type { SharedItem } from "./sharedlink";

export function lockedWords(words: Words["shared"], item: SharedItem): string {
  if (item.opens_at && (item.reason ?? "later") === "later") return words.opens(shortDate(item.opens_at), clock(item.opens_at));
  return words.locked[item.reason ?? "later"];
}
