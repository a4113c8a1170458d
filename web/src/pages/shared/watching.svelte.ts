/** What a link's page plays: one open item at a time, with the link's pass. */

import { captionsWithPass } from "../../player/captions.svelte";
import { Player } from "../../player/player.svelte";
import { engineThatTells } from "../../player/refusals";
import type { Holding } from "./holding.svelte";
import { withPass, type SharedItem, type SharedLink } from "./sharedlink";

export class Watching {
  readonly player: Player;
  chosen = $state<string | null>(null);

  constructor(
    private readonly holding: Holding,
    private readonly link: SharedLink,
  ) {
    const tells = engineThatTells(() => this.holding.doubt());
    this.player = new Player(tells, () => Date.now(), captionsWithPass(link.pass));
  }

  /** Told again and again, as the link is asked: captions that were changed meanwhile are fetched anew. */
  show({ item, captions_version }: SharedItem): void {
    const url = `/replay/${encodeURIComponent(item)}/index.m3u8${withPass(this.link.pass)}`;
    this.player.captions.renew(item, captions_version ?? null);
    if (this.player.programme?.url === url) return;
    this.player.captions.begin({ film: null, item, start_ms: null });
    this.player.show({ url, live: false });
  }
}
