/**
 * What playing was like, counted from the page's first picture on. Nothing is ever reset, so that a test or a
 * report can say "no stall since nine o'clock".
 */

export interface Incident {
  at: string;
  what: string;
  fatal: boolean;
}

const kept_incidents = 40;

export class Meters {
  /** The player ran dry while it should have played. */
  stalls = 0;
  /** The element waited for data after its first picture, for whatever reason but a seek. */
  waits = 0;
  /** Errors that stopped a player; each was recovered from, or the page says so. */
  errors = 0;
  /** Errors the player mended by itself. */
  mended = 0;
  /** Sources opened: the first picture is one, each change of channel another. */
  opened = 0;
  readonly incidents: Incident[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  stall(what: string): void {
    this.stalls += 1;
    this.note(what, false);
  }

  error(what: string, fatal: boolean): void {
    if (fatal) this.errors += 1;
    else this.mended += 1;
    this.note(what, fatal);
  }

  note(what: string, fatal: boolean): void {
    this.incidents.push({ at: new Date(this.now()).toISOString(), what, fatal });
    if (this.incidents.length > kept_incidents) this.incidents.shift();
  }
}
