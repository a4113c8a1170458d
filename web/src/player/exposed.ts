/** The player's counters, where a test or a person at the console can read them: `window.__topmoede.player`. */

import type { Player } from "./player.svelte";

declare global {
  interface Window {
    __topmoede?: { player?: object };
  }
}

export function expose(player: Player): () => void {
  const counters = {
    get engine() {
      return player.engineName;
    },
    get url() {
      return player.programme?.url ?? null;
    },
    get stalls() {
      return player.meters.stalls;
    },
    get waits() {
      return player.meters.waits;
    },
    get errors() {
      return player.meters.errors;
    },
    get mended() {
      return player.meters.mended;
    },
    get opened() {
      return player.meters.opened;
    },
    get frames() {
      return player.frames();
    },
    get latency_s() {
      return player.behind_s;
    },
    get playing_date() {
      const playing_ms = player.playingDate_ms();
      return playing_ms === null ? null : new Date(playing_ms).toISOString();
    },
    get in_step() {
      return player.inStep;
    },
    get incidents() {
      return [...player.meters.incidents];
    },
  };
  window.__topmoede = { ...window.__topmoede, player: counters };
  return () => delete window.__topmoede?.player;
}
