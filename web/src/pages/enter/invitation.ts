/** Looking at a link does not use it up; only the button does. Used, old and unknown links are told as one. */

export type Invitation =
  | { name: "found"; person: { name: string; role: string }; municipality: string | null }
  | { name: "gone" }
  | { name: "unreachable" };

interface Answer {
  name: string;
  role: string;
  municipality?: string | null;
  municipality_name?: string | null;
}

export async function invitation(token: string): Promise<Invitation> {
  try {
    const answer = await fetch(`/api/enter/${encodeURIComponent(token)}`);
    if (answer.status >= 500) return { name: "unreachable" };
    if (!answer.ok) return { name: "gone" };
    const { name, role, municipality, municipality_name } = (await answer.json()) as Answer;
    return { name: "found", person: { name, role }, municipality: municipality_name ?? municipality ?? null };
  } catch {
    return { name: "unreachable" };
  }
}
