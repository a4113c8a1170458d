/** A municipality's share links: what each opens, until when, and how often it was opened. */

import type { EventFrame } from "../realtime/frames";

export type Institution = "school" | "day_care" | "after_school" | "health" | "administration" | "other";

export interface Share {
  title: string;
  items: string[];
  institution: Institution;
  until: string;
  made: string;
  by: string;
  owner: string;
  code?: string;
  revoked?: string;
  revoked_by?: string;
  /** How many opened it, by day. */
  visits: Record<string, number>;
}

export interface Shares {
  links: Record<string, Share>;
  origins: string[];
}

export function evolveShares(state: Shares, { name, data, at }: EventFrame): Shares {
  const { share: id, ...rest } = data as { share: string };
  const share = state.links[id];
  if (name === "embedding_set") return { ...state, origins: data.origins as string[] };
  if (name === "share_made") return withLink(state, id, { ...(rest as Omit<Share, "made" | "visits">), made: at, visits: {} });
  if (share === undefined) return state;
  switch (name) {
    case "share_changed": {
      const { code: _, ...kept } = share;
      return withLink(state, id, { ...kept, ...(rest as Partial<Share>) });
    }
    case "share_revoked":
      return withLink(state, id, { ...share, revoked: at, revoked_by: data.by as string });
    case "visits_counted":
      return withLink(state, id, { ...share, visits: { ...share.visits, [data.day as string]: data.visits as number } });
    default:
      return state;
  }
}

function withLink(state: Shares, id: string, share: Share): Shares {
  return { ...state, links: { ...state.links, [id]: share } };
}
