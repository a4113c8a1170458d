/**
 * Where somebody left a recording: told to the server by who is signed in, so that another device goes on there;
 * kept in the browser by everybody. The newest counts, whoever said it.
 */

interface Place {
  position_s: number;
  /** Wall time. */
  at: string;
}

/** Nobody wants to be sent to the first seconds, or to the last. */
const worth_s = 5;
const last_s = 30;
const last_share = 0.05;
const kept_most = 100;
const key = "topmoede.viewings";

export class Viewing {
  constructor(
    private readonly item: string,
    private readonly signedIn: boolean,
    private readonly wall_ms: () => number,
  ) {}

  /** Where to go on; null: at the beginning. */
  async left(): Promise<number | null> {
    const places = [kept()[this.item], this.signedIn ? (await told())[this.item] : undefined];
    const newest = places.flatMap((one) => (one ? [one] : [])).sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
    return newest && newest.position_s >= worth_s ? newest.position_s : null;
  }

  /** This far now; what has run out begins anew. */
  note(position_s: number, duration_s: number | null): void {
    const over = duration_s !== null && position_s > duration_s - Math.min(last_s, last_share * duration_s);
    const place = { position_s: over ? 0 : Math.round(position_s * 10) / 10, at: new Date(this.wall_ms()).toISOString() };
    keep(this.item, place);
    if (!this.signedIn) return;
    // The page may be on its way out: what has been sent arrives all the same.
    void fetch(`/api/library/${encodeURIComponent(this.item)}/viewing`, { method: "PUT", body: JSON.stringify(place), keepalive: true }).catch(() => undefined);
  }
}

async function told(): Promise<Record<string, Place>> {
  try {
    const answer = await fetch("/api/viewings");
    return answer.ok ? ((await answer.json()) as { viewings: Record<string, Place> }).viewings : {};
  } catch {
    return {};
  }
}

function kept(): Record<string, Place> {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, Place> | null) ?? {};
  } catch {
    return {};
  }
}

function keep(item: string, place: Place): void {
  const newest = Object.entries({ ...kept(), [item]: place }).sort(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at));
  try {
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(newest.slice(0, kept_most))));
  } catch {
    return; // a full store forgets where one was, and nothing else
  }
}
