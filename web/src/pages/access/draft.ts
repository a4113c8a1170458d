/** An item's plan as it is edited: one line for each audience, and one for each municipality. */

import type { Audience, Grant } from "../../state/library";
import { localOf, momentOf } from "../../words/zonetime";
import { AUDIENCES } from "./table";

export interface Line {
  audience: Audience;
  municipality: string;
  /** `opened`: it was opened by hand, and stays so. */
  when: "no" | "cue" | "item" | "time" | "hand" | "opened";
  item: string;
  at: string;
  until: string;
  /** What stands there now; an opening by hand is kept whole. */
  was: Grant | null;
}

export function linesOf(grants: readonly Grant[]): Line[] {
  return AUDIENCES.flatMap((audience) => {
    const own = grants.filter((grant) => grant.audience === audience).map(lineOf);
    return own.length > 0 || audience === "municipality" ? own : [emptyLine(audience)];
  });
}

export function emptyLine(audience: Audience): Line {
  return { audience, municipality: "", when: audience === "municipality" ? "cue" : "no", item: "", at: "", until: "", was: null };
}

function lineOf(grant: Grant): Line {
  const when = grant.opened !== undefined ? "opened" : grant.item !== undefined ? "item" : grant.when;
  return {
    audience: grant.audience,
    municipality: grant.municipality ?? "",
    when,
    item: grant.item ?? "",
    at: grant.at ? localOf(grant.at) : "",
    until: grant.until ? localOf(grant.until) : "",
    was: grant,
  };
}

/** The grants that the lines come to; null while one of them lacks something. */
export function grantsFrom(lines: readonly Line[]): Grant[] | null {
  const grants = lines.filter(({ when }) => when !== "no").map(grantFrom);
  return grants.every((grant) => grant !== null) ? grants : null;
}

function grantFrom(line: Line): Grant | null {
  const until = line.until === "" ? undefined : momentOf(line.until);
  if (until === null || (line.audience === "municipality" && line.municipality === "")) return null;
  const whose = line.audience === "municipality" ? { municipality: line.municipality } : {};
  const end = until === undefined ? {} : { until };
  switch (line.when) {
    case "opened": {
      const { until: _, ...kept } = line.was ?? { audience: line.audience, when: "hand" };
      return { ...kept, ...end };
    }
    case "time": {
      const at = momentOf(line.at);
      return at === null ? null : { audience: line.audience, when: "time", ...whose, at, ...end };
    }
    case "item":
      return line.item === "" ? null : { audience: line.audience, when: "cue", ...whose, item: line.item, ...end };
    case "hand":
      return { audience: line.audience, when: "hand", ...whose, ...(line.was?.closed === undefined ? {} : { closed: line.was.closed }), ...end };
    case "no":
      return null;
    default:
      return { audience: line.audience, when: line.when, ...whose, ...end };
  }
}
