/**
 * What a room watches together. Nothing ticks over the wire: where the film stands is reckoned from the last event
 * and wall time, so that whoever comes late reckons the same second.
 */

import type { Data, EventFrame } from "../realtime/frames";

export interface Viewing {
  /** Of the event that started it, which tells one viewing from the next. */
  seq: number;
  item: string;
  position_s: number;
  /** Wall time from which the film goes on; absent while it is paused. */
  begins?: string;
  length_s?: number;
}

type Apply = (viewing: Viewing, data: Data) => Viewing | undefined;

const applied: Record<string, Apply> = {
  viewing_paused: (viewing, { position_s }) => placed(viewing, Number(position_s), undefined),
  viewing_resumed: (viewing, { begins }) => ({ ...viewing, begins: String(begins) }),
  viewing_moved: (viewing, { position_s, begins }) => placed(viewing, Number(position_s), begins as string | undefined),
  viewing_ended: () => undefined,
};

/** Events that are about something else change nothing. */
export function evolveViewing(viewing: Viewing | undefined, event: EventFrame): Viewing | undefined {
  if (event.name === "viewing_started") return { seq: event.seq, ...(event.data as unknown as Omit<Viewing, "seq">) };
  return viewing && applied[event.name] ? applied[event.name]?.(viewing, event.data) : viewing;
}

function placed({ seq, item, length_s }: Viewing, position_s: number, begins: string | undefined): Viewing {
  return { seq, item, position_s, ...(begins === undefined ? {} : { begins }), ...(length_s === undefined ? {} : { length_s }) };
}

export function isPaused(viewing: Viewing): boolean {
  return viewing.begins === undefined;
}

/** Until the moment that everybody waits for; 0 once it has come, and while it is paused. */
export function untilBegins_ms(viewing: Viewing, wall_ms: number): number {
  return viewing.begins === undefined ? 0 : Math.max(0, Date.parse(viewing.begins) - wall_ms);
}

export function isRunning(viewing: Viewing, wall_ms: number): boolean {
  return !isPaused(viewing) && untilBegins_ms(viewing, wall_ms) === 0;
}

/** How far into the film everybody is. */
export function positionOf_s(viewing: Viewing, wall_ms: number): number {
  if (viewing.begins === undefined) return viewing.position_s;
  const run_s = Math.max(0, wall_ms - Date.parse(viewing.begins)) / 1000;
  return Math.min(viewing.position_s + run_s, viewing.length_s ?? Infinity);
}

/** The film has run to its end; one that is paused never has. */
export function isOver(viewing: Viewing, wall_ms: number): boolean {
  return !isPaused(viewing) && positionOf_s(viewing, wall_ms) >= (viewing.length_s ?? Infinity);
}
