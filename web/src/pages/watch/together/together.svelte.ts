/**
 * What this page's rooms watch together, and whether the person goes along.
 *
 * Everybody in the room goes along until they watch alone, which holds for that viewing and this tab: when a host
 * shows the next film, everybody is back. Of several rooms the smaller one goes first: a committee's before the
 * municipality's, one's own before a guest's.
 */

import type { Live } from "../../../live/live.svelte";
import type { Place } from "../../../player/step";
import { canReplay, itemOf } from "../../../state/day";
import type { Item, Show } from "../../../state/show";
import { isOver, isPaused, isRunning, positionOf_s, untilBegins_ms, type Viewing } from "../../../state/viewing";
import type { Rooms, RoomTab } from "../rooms.svelte";

export interface Shown {
  /** Tells one viewing from every other. */
  key: string;
  tab: RoomTab;
  viewing: Viewing;
  item: Item;
}

const store = "topmoede.alone";

export class Together {
  private alone = $state<string | null>(sessionStorage.getItem(store));
  /** A viewing whose film has ended here, though nobody knew its length. */
  private ranOut = $state<string | null>(null);

  constructor(
    private readonly live: Live,
    private readonly rooms: Rooms,
    private readonly show: () => Show | null,
  ) {}

  /** Films that have run to their end: the one thing here that time alone changes, and it does so once. */
  private readonly over = $derived.by(() => {
    const wall_ms = this.live.now.wall_ms;
    const over = this.rooms.tabs.filter(({ log }) => log.state?.viewing && isOver(log.state.viewing, wall_ms));
    return over.map(({ room }) => room).join(" ");
  });

  /** What is shown in the person's rooms now. */
  readonly shown = $derived.by((): Shown | null => {
    const own = this.live.me.municipality;
    const byRank = (tab: RoomTab): number => (tab.entered.guest ? 2 : tab.room === own ? 1 : 0);
    const tabs = [...this.rooms.tabs].sort((one, other) => byRank(one) - byRank(other));
    for (const tab of tabs) {
      const shown = this.shownIn(tab);
      if (shown) return shown;
    }
    return null;
  });

  /** The same, for whoever goes along. */
  readonly followed = $derived.by(() => (this.shown && this.shown.key !== this.alone ? this.shown : null));

  shownIn(tab: RoomTab): Shown | null {
    const viewing = tab.log.state?.viewing;
    const item = viewing ? itemOf(this.show(), viewing.item) : null;
    if (!viewing || !item || !canReplay(item) || this.over.split(" ").includes(tab.room)) return null;
    const key = `${tab.room}@${viewing.seq}`;
    return this.ranOut === `${key}@${viewing.begins ?? ""}` ? null : { key, tab, viewing, item };
  }

  leave(): void {
    this.remember(this.followed?.key ?? this.alone);
  }

  follow(): void {
    this.remember(null);
  }

  /** The film has come to its end on this page. */
  runOut(): void {
    const { followed } = this;
    if (followed && !isPaused(followed.viewing)) this.ranOut = `${followed.key}@${followed.viewing.begins ?? ""}`;
  }

  /** Where everybody is, to the millisecond. */
  place(): Place {
    const viewing = this.followed?.viewing;
    if (!viewing) return { position_s: 0, runs: false, wait_ms: 0 };
    const wall_ms = this.live.wall_ms();
    return { position_s: positionOf_s(viewing, wall_ms), runs: isRunning(viewing, wall_ms), wait_ms: untilBegins_ms(viewing, wall_ms) };
  }

  private remember(alone: string | null): void {
    this.alone = alone;
    if (alone === null) sessionStorage.removeItem(store);
    else sessionStorage.setItem(store, alone);
  }
}
