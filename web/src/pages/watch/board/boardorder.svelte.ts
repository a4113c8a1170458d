/** Orders to the board, one at a time: what was written stays in its field until it stands. */

import type { Live } from "../../../live/live.svelte";
import type { Data } from "../../../realtime/frames";
import { speech } from "../../../words/words.svelte";

const patience_ms = 30_000;

export class BoardOrder {
  sending = $state(false);
  refusal = $state<string | null>(null);

  constructor(private readonly live: Live) {}

  /** True once it is so. */
  async give(name: string, data: Data): Promise<boolean> {
    if (this.sending) return false;
    this.sending = true;
    this.refusal = null;
    const answer = await this.live.do("board", name, data, { patience_ms });
    this.sending = false;
    if (answer.ok) return true;
    const words: Record<string, string> = speech.words.board.refused;
    this.refusal = words[answer.code] ?? speech.words.board.refused.other;
    if (answer.refused.id !== null) this.live.discard(answer.refused.id);
    return false;
  }
}
