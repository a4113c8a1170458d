/**
 * Plan B: where to go if these pages fail.
 *
 * The address is known before it is needed: from the edition's settings, from the show when somebody announces one,
 * and from the last visit when the server does not even answer. It is shown while it is announced, and when the
 * server has not been reached for half a minute.
 */

const key = "topmoede.backup";
export const lost_after_ms = 30_000;

export interface Support {
  name: string;
  mail: string;
  phone: string;
  backup: string | null;
  announced: string | null;
}

export const nobody: Support = { name: "", mail: "", phone: "", backup: null, announced: null };

export class PlanB {
  support = $state.raw<Support>(nobody);
  /** The server has not been reached for too long. */
  lost = $state(false);
  private remembered = $state<string | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">) {
    this.remembered = secure(storage.getItem(key));
  }

  get announced(): string | null {
    return secure(this.support.announced);
  }

  get address(): string | null {
    return this.announced ?? secure(this.support.backup) ?? this.remembered;
  }

  async ask(): Promise<void> {
    try {
      const answer = await fetch("/api/support");
      if (answer.ok) this.receive((await answer.json()) as Support);
    } catch {
      // What was known before goes on being known.
    }
  }

  receive(support: Support): void {
    this.support = support;
    this.remember(this.announced ?? secure(support.backup));
  }

  /** What the show says now. */
  announce(address: string | null): void {
    if (address === this.support.announced) return;
    this.support = { ...this.support, announced: address };
    this.remember(this.announced ?? secure(this.support.backup));
  }

  reached(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.lost = false;
  }

  missed(): void {
    this.timer ??= setTimeout(() => (this.lost = true), lost_after_ms);
  }

  private remember(address: string | null): void {
    this.remembered = address;
    if (address) this.storage.setItem(key, address);
    else this.storage.removeItem(key);
  }
}

/** Only a plain https address is ever made a link. */
function secure(address: string | null): string | null {
  return address?.startsWith("https://") ? address : null;
}

export const planB = new PlanB(localStorage);
