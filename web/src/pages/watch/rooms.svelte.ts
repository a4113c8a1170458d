/**
 * The rooms a person is in: the municipality's own, and those a host has let them into.
 *
 * Each is joined as soon as it is known and left when its person is out; what is unread is counted for each
 * by itself, and a message that names the reader counts as a call.
 */

import type { Live, LiveTopic } from "../../live/live.svelte";
import type { OpenRoom } from "../../state/person";
import type { Room } from "../../state/room";
import { Unread } from "./unread.svelte";

export class RoomTab {
  readonly topic: `room:${string}`;
  readonly id: `room:${string}`;
  readonly log: LiveTopic<Room>;
  private readonly unread: Unread;

  constructor(
    private readonly live: Live,
    readonly entered: OpenRoom,
  ) {
    this.topic = this.id = `room:${entered.room}`;
    this.log = live.topic(this.topic);
    const own = entered.room === live.me.municipality;
    this.unread = new Unread(`topmoede.seen.room.${own ? "" : `${entered.room}.`}${live.me.id}`);
  }

  get room(): string {
    return this.entered.room;
  }

  /** Nobody is told again of what they wrote themselves. */
  get count(): number {
    return this.unread.count(this.others.map((one) => one.seq));
  }

  get isCalled(): boolean {
    const calls = this.others.filter((one) => one.mentions?.includes(this.live.me.id));
    return this.unread.count(calls.map((one) => one.seq)) > 0;
  }

  look(): void {
    this.unread.look(this.log.state?.messages.at(-1)?.seq ?? 0);
  }

  private get others() {
    return (this.log.state?.messages ?? []).filter((one) => one.author.id !== this.live.me.id);
  }
}

/** Beyond the municipality's own: three topics each, of the 32 that a connection has. */
const most_others = 6;

/** The topics that live and die with a room. */
const of_a_room = ["room", "room.host", "people"] as const;

export class Rooms {
  tabs = $state.raw<readonly RoomTab[]>([]);
  /** The room one was shown out of while it was open; nothing any more once one is named again. */
  gone = $state.raw<{ room: string; title: string } | null>(null);

  constructor(private readonly live: Live) {
    const own = live.me.municipality;
    if (own) this.tabs = [new RoomTab(live, { room: own, guest: false })];
  }

  /** Stand as the person's own topic says. */
  follow(entered: readonly OpenRoom[]): void {
    const own = this.tabs.filter((tab) => tab.room === this.live.me.municipality);
    const known = this.tabs.filter((tab) => entered.some((one) => one.room === tab.room && one.title === tab.entered.title));
    const isIn = (room: string): boolean => entered.some((one) => one.room === room);
    for (const tab of this.tabs) {
      if (own.includes(tab) || known.includes(tab)) continue;
      for (const noun of of_a_room) this.live.leave(`${noun}:${tab.room}`);
      const { title } = tab.entered;
      if (title && !isIn(tab.room)) this.gone = { room: tab.room, title };
    }
    if (this.gone && isIn(this.gone.room)) this.gone = null;
    const others = entered
      .filter((one) => one.room !== this.live.me.municipality)
      .slice(-most_others)
      .map((one) => known.find((tab) => tab.room === one.room) ?? new RoomTab(this.live, one));
    this.tabs = [...own, ...others];
  }

  find(id: string): RoomTab | null {
    return this.tabs.find((tab) => tab.id === id) ?? null;
  }
}
