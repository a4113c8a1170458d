/** What each item is open to: its grants, its captions. What they come to for somebody is unlocking's to say. */

import type { EventFrame } from "../realtime/frames";
import type { Document } from "./documents";
import type { ItemKind } from "./show";

export type Audience = "attendees" | "registered" | "municipality" | "link" | "everybody";

export interface Grant {
  audience: Audience;
  when: "cue" | "time" | "hand";
  municipality?: string;
  /** Whose start is the cue, where it is not the item's own. */
  item?: string;
  at?: string;
  until?: string;
  opened?: string;
  closed?: string;
}

export interface Standing {
  kind: ItemKind;
  grants: Grant[];
  captions: string[];
  /** Another one whenever their text is another. */
  captions_version: string;
  waived: boolean;
  /** Somebody has set the grants. */
  by_hand: boolean;
  /** Those that everybody registered may see now. */
  documents: Document[];
}

export interface Library {
  items: Record<string, Standing>;
}

export interface Waivers {
  waivers: Record<string, { by: string; reason: string; at: string }>;
  /** Which close was warned of, by item. */
  warned: Record<string, string>;
}

interface Listed {
  item: string;
  kind: ItemKind;
  grants: Grant[];
}

export function evolveLibrary(state: Library, { name, data }: EventFrame): Library {
  const item = data.item as string;
  switch (name) {
    case "items_listed":
      return { ...state, items: Object.fromEntries((data.items as Listed[]).map((one) => [one.item, relisted(state, one)])) };
    case "release_set":
      return withItem(state, item, { grants: data.grants as Grant[], by_hand: true });
    case "captions_noted":
      return withItem(state, item, { captions: data.languages as string[], captions_version: data.version as string });
    case "documents_shown":
      return withItem(state, item, { documents: data.documents as Document[] });
    case "captions_waived":
      return withItem(state, item, { waived: true });
    case "waiver_ended":
      return withItem(state, item, { waived: false });
    default:
      return state;
  }
}

function relisted(state: Library, { item, kind, grants }: Listed): Standing {
  const before = state.items[item];
  if (before === undefined) return { kind, grants, captions: [], captions_version: "", waived: false, by_hand: false, documents: [] };
  return { ...before, kind, grants: before.by_hand ? before.grants : grants };
}

function withItem(state: Library, item: string, changes: Partial<Standing>): Library {
  const standing = state.items[item];
  return standing === undefined ? state : { ...state, items: { ...state.items, [item]: { ...standing, ...changes } } };
}

export function evolveWaivers(state: Waivers, { name, data, at }: EventFrame): Waivers {
  const item = data.item as string;
  if (name === "waiver_given") {
    const waiver = { by: data.by as string, reason: data.reason as string, at };
    return { ...state, waivers: { ...state.waivers, [item]: waiver } };
  }
  if (name === "captions_warned") return { ...state, warned: { ...state.warned, [item]: data.closes_at as string } };
  if (name !== "waiver_taken_back") return state;
  const { [item]: _, ...waivers } = state.waivers;
  return { ...state, waivers };
}
