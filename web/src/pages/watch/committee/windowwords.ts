/** The window's state as a sentence. */

import type { Window } from "../../../state/committee";
import type { Item } from "../../../state/show";
import type { Words } from "../../../words/da";
import { clock } from "../../../words/formats";

/** Hours from the programme where the window itself does not have them yet. */
export function windowWords(words: Words, window: Window | undefined, item: Item | null): string {
  const opens = window?.opens ?? item?.expected_start;
  const closes = window?.closes ?? item?.expected_end;
  if (!opens || !closes) return words.committee.noWindow;
  if (window?.state === "open") return words.committee.open(clock(closes));
  if (window?.state === "closed") return words.committee.after(clock(opens), clock(closes));
  return words.committee.window(clock(opens), clock(closes));
}
