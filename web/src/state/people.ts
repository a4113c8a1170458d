/** Who was let into a room beside a municipality's own people, as those in it see it. */

import type { Author } from "./room";

export interface People {
  /** A group's; a municipality's own room has neither title nor members. */
  title?: string;
  members?: Author[];
  guests: Author[];
}
