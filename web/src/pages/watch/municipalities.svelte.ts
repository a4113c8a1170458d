/** Names of municipalities by their slug, so that a question can say where it comes from. */

interface Register {
  slug: string;
  name: string;
  full_name: string;
}

export class Municipalities {
  private names = $state.raw<Record<string, string>>({});
  private whole = $state.raw<Record<string, string>>({});

  async load(): Promise<void> {
    try {
      const answer = await fetch("/api/municipalities");
      if (!answer.ok) return;
      const all = (await answer.json()) as Register[];
      this.whole = Object.fromEntries(all.map(({ slug, full_name }) => [slug, full_name]));
      this.names = Object.fromEntries(all.map(({ slug, name }) => [slug, name]));
    } catch {
      // The slug with a capital letter is a name too, only without its letters.
      return;
    }
  }

  /** All that are known. */
  get slugs(): string[] {
    return Object.keys(this.names);
  }

  short(slug: string): string {
    return this.names[slug] ?? slug.charAt(0).toUpperCase() + slug.slice(1);
  }

  /** "Aalborg Kommune": as it stands in a sentence about its people. */
  full(slug: string, name: string | null = null): string {
    const known = name ?? this.whole[slug] ?? this.short(slug);
    return /kommune$/i.test(known) ? known : `${known} Kommune`;
  }
}

export function municipalityNames(): Municipalities {
  const names = new Municipalities();
  void names.load();
  return names;
}
