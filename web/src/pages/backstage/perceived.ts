/**
 * What the moderator believes is on air.
 *
 * A finger that is on its way when the day moves on by itself means the item that was there before. So for as long
 * as a person needs to see a change, the change has not been perceived, and an order goes out with the item before
 * it: the server refuses it `stale` and nothing is passed over. A second press in the same breath is caught alike.
 */

const reaction_ms = 700;

export class Perceived {
  private current: string | null = null;
  private before: string | null = null;
  private changed_ms = -Infinity;

  receive(now: string | null, at_ms: number): void {
    if (now === this.current) return;
    this.before = this.changed_ms === -Infinity ? now : this.current;
    this.current = now;
    this.changed_ms = at_ms;
  }

  at(at_ms: number): string | null {
    return at_ms - this.changed_ms < reaction_ms ? this.before : this.current;
  }
}
