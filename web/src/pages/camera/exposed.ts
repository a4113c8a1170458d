/** The camera's state, where a test or a person at the console can read it: `window.__topmoede.camera`. */

import type { Studio } from "./studio.svelte";

interface Exposing {
  __topmoede?: Record<string, object>;
}

export function expose(studio: Studio): () => void {
  const here = window as unknown as Exposing;
  const camera = {
    get state() {
      return studio.state.name;
    },
    get reason() {
      return "reason" in studio.state ? studio.state.reason : null;
    },
    get trouble() {
      return studio.trouble;
    },
    get verdict() {
      return studio.verdict;
    },
    get health() {
      return studio.health;
    },
    get attempts() {
      return studio.attempts;
    },
    get level_db() {
      return studio.level_db;
    },
  };
  here.__topmoede = { ...here.__topmoede, camera };
  return () => delete here.__topmoede?.camera;
}
