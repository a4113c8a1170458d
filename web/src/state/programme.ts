/** The published version of the programme and what changed since the one before. */

import type { Data, EventFrame } from "../realtime/frames";

export interface FieldChange {
  field: string;
  before?: string;
  after?: string;
}

export interface Change {
  what: "added" | "removed" | "changed";
  item?: string;
  title: string;
  fields: FieldChange[];
}

export interface Published {
  programme: Data | null;
  difference: Change[];
}

export function evolveProgramme(state: Published, { name, data }: EventFrame): Published {
  if (name !== "programme_published") return state;
  return { ...state, programme: data.programme as Data, difference: data.difference as Change[] };
}
