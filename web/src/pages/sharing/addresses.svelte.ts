/** The addresses of one's links, which only the server can make; and whether it mails them. */

export class Addresses {
  private known = $state.raw<Record<string, string>>({});
  mails = $state(false);
  most = $state(300);
  private asked = new Set<string>();

  /** The address of a link; asked for once for each that is new. */
  of(id: string): string | null {
    return this.known[id] ?? null;
  }

  async know(ids: readonly string[]): Promise<void> {
    const fresh = ids.filter((id) => !this.asked.has(id));
    if (fresh.length === 0) return;
    fresh.forEach((id) => this.asked.add(id));
    const found = await told<Record<string, string>>("/api/shares");
    if (found) this.known = found;
    else fresh.forEach((id) => this.asked.delete(id));
  }

  async askMeans(): Promise<void> {
    const means = await told<{ mails: boolean; most: number }>("/api/shares/mail");
    if (means) Object.assign(this, means);
  }
}

async function told<T>(url: string): Promise<T | null> {
  try {
    const answer = await fetch(url);
    return answer.ok ? ((await answer.json()) as T) : null;
  } catch {
    return null;
  }
}
