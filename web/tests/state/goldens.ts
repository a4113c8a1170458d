/** The cases that the server's own tests write: what a topic was, what happened, what it became. */

import type { Data, EventFrame } from "../../src/realtime/frames";

export interface Golden {
  name: string;
  topic: string;
  before: Data;
  frames: EventFrame[];
  after: Data;
}

const files = import.meta.glob<Omit<Golden, "name">>("../../../tests/wire/*/*.json", { eager: true, import: "default" });

export function goldensOf(kind: string): Golden[] {
  return Object.entries(files)
    .filter(([path]) => path.split("/").at(-2) === kind)
    .map(([path, golden]) => ({ name: path.split("/").at(-1)?.slice(0, -5) ?? path, ...golden }));
}
