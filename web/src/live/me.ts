/** Who is signed in, as the server says it. */

export type Role =
  | "member"
  | "host"
  | "committee"
  | "moderator"
  | "staff"
  | "secretariat"
  | "individual"
  | "director"
  | "producer"
  | "captioner";

export interface Me {
  id: string;
  name: string;
  role: Role;
  municipality: string | null;
  municipality_name: string | null;
}

/** Who prepares the day and comes after it: its films, recordings, captions, and who may see them. */
export function preparesTheDay(me: Me): boolean {
  return me.role === "moderator" || me.role === "secretariat";
}

export type WhoAmI = { name: "signed_in"; me: Me } | { name: "signed_out" } | { name: "unreachable" };

export async function whoAmI(): Promise<WhoAmI> {
  try {
    const answer = await fetch("/api/me", { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 403) return { name: "signed_out" };
    if (!answer.ok) return { name: "unreachable" };
    return { name: "signed_in", me: (await answer.json()) as Me };
  } catch {
    return { name: "unreachable" };
  }
}
