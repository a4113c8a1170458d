/** Finding people by name: colleagues, or those from outside whom a host may ask in. */

import { byName } from "../../../words/formats";

export interface Found {
  id: string;
  name: string;
  role?: string;
}

export type Find = (name: string) => Promise<readonly Found[]>;

const most = 8;

/** Among people one has already. */
export function among(people: readonly Found[], name: string): readonly Found[] {
  const begun = name.trim().toLocaleLowerCase("da");
  return people
    .filter((one) => ` ${one.name.toLocaleLowerCase("da")}`.includes(` ${begun}`))
    .sort((a, b) => byName(a.name, b.name))
    .slice(0, most);
}

export function colleagues(name: string): Promise<readonly Found[]> {
  return asked("/api/people", name);
}

export function outsiders(name: string): Promise<readonly Found[]> {
  return asked("/api/people/outside", name);
}

/** What cannot be asked finds nobody. */
async function asked(path: string, name: string): Promise<readonly Found[]> {
  if (name.trim() === "") return [];
  try {
    const answer = await fetch(`${path}?name=${encodeURIComponent(name.trim().slice(0, 120))}`);
    return answer.ok ? ((await answer.json()) as Found[]) : [];
  } catch {
    return [];
  }
}

/** A word from a title that can stand in a topic: "Børne- og Ungeudvalget" gives "boerne-og-ungeudvalget". */
export function slugOf(title: string): string {
  const letters = title.toLocaleLowerCase("da").replace(/æ/g, "ae").replace(/ø/g, "oe").replace(/å/g, "aa");
  const plain = letters.normalize("NFKD").replace(/[^a-z0-9]+/g, "-");
  return plain.slice(0, 40).replace(/^-+|-+$/g, "");
}
