/** Orders to the desk from one row of a page, and the words for the one that was refused last. */

import type { Live } from "../../live/live.svelte";
import type { Data } from "../../realtime/frames";
import { declinedText } from "../../words/refusals";
import { speech } from "../../words/words.svelte";

const patience_ms = 20_000;

export class DeskOrders {
  refused = $state<string | null>(null);
  busy = $state(false);

  constructor(private readonly live: Live) {}

  async give(name: string, data: Data): Promise<boolean> {
    this.busy = true;
    const answer = await this.live.do("committee.desk", name, data, { patience_ms });
    this.busy = false;
    this.refused = answer.ok ? null : declinedText(speech.words, answer);
    return answer.ok;
  }
}
