/** What turns an address into pictures in an element: hls.js, or the browser itself. */

export interface EngineListener {
  /** There is something to play at this address. */
  ready(): void;
  /** There is nothing here now (not begun, locked, the server is away): ask again later. */
  nothingHere(status: number): void;
  stalled(what: string): void;
  /** An error; a fatal one has already been answered by the engine's own recovery. */
  failed(what: string, fatal: boolean): void;
}

export interface Opening {
  url: string;
  /** Where a recording begins; null: at the live edge. */
  from_s: number | null;
}

/** A stretch of a recording that was on the channel without a break: where in it, and when (wall time). */
export interface Span {
  from_s: number;
  length_s: number;
  began_ms: number;
}

export interface Engine {
  readonly name: string;
  /** How many pictures of different size there are to choose from; 1 where the browser chooses. */
  readonly renditions: number;
  /** The smallest picture only, or whatever the line carries; holds for what is opened later too. */
  preferLow(low: boolean): void;
  open(opening: Opening): void;
  close(): void;
  /** Where live is in the element's own time; null when the address is not live. */
  liveEdge_s(): number | null;
  /** The wall time of the picture shown now, by PROGRAM-DATE-TIME. */
  playingDate_ms(): number | null;
  /** Of a recording, what it is made of, in its order; empty while that is not known. */
  spans(): readonly Span[];
}

export type MakeEngine = (video: HTMLVideoElement, listener: EngineListener) => Engine;
