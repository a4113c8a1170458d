/**
 * The board's state: the topics it stands on, what was just refused or done, what has happened, and the one way in
 * which orders leave it. Every order is passing (see the outbox): one that arrives a minute late is another order.
 */

import type { Live } from "../../live/live.svelte";
import type { Declined } from "../../realtime/client";
import type { Data, EventFrame } from "../../realtime/frames";
import { itemOf, nameOf } from "../../state/day";
import type { Item, Show } from "../../state/show";
import type { Words } from "../../words/da";
import { hoursOf } from "./hours";
import { Perceived } from "./perceived";
import { previousOf } from "./nextaction";
import { happeningOf, type Happening } from "./happenings";

const patience_ms = 4_000;
const undo_for_ms = 15_000;
const refusal_for_ms = 12_000;
const happenings_kept = 30;

export interface Cued {
  item: string;
  from: string | null;
}

export class Board {
  readonly showTopic;
  readonly desk;
  readonly sourcesTopic;
  readonly inputsTopic;
  readonly presenceTopic;
  readonly polls;
  readonly pollsDesk;
  refusal = $state.raw<Declined | null>(null);
  /** What this person has just put on air, for as long as it is worth undoing. */
  cued = $state.raw<Cued | null>(null);
  happenings = $state.raw<Happening[]>([]);
  sending = $state(0);

  private readonly perceived = new Perceived();
  private forgetRefusal: ReturnType<typeof setTimeout> | undefined;
  private forgetCued: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly live: Live) {
    this.showTopic = live.topic("show");
    this.desk = live.topic("committee.desk");
    this.sourcesTopic = live.topic("sources");
    this.inputsTopic = live.topic("inputs");
    this.presenceTopic = live.topic("presence");
    this.polls = live.topic("polls");
    this.pollsDesk = live.topic("polls.desk");
  }

  get show(): Show | null {
    return this.showTopic.state;
  }

  get now_ms(): number {
    return this.live.now.show_ms;
  }

  get present(): number | null {
    const count = (this.presenceTopic.state as Data | null)?.count;
    return typeof count === "number" ? count : null;
  }

  start(): () => void {
    return this.live.hear((event) => this.hear(event));
  }

  /** Called whenever the show changes: remembers since when its item has been there to be seen. */
  look(): void {
    this.perceived.receive(this.show?.now ?? null, performance.now());
  }

  /** What the person believes is on air. */
  get believed(): string | null {
    return this.perceived.at(performance.now());
  }

  /** The item that one press leads back to, as long as that undoes what this person just did. */
  get undoTo(): Item | null {
    const previous = this.show && previousOf(this.show);
    return previous && this.cued?.from === previous.id && this.cued.item === this.show?.now ? previous : null;
  }

  async next(): Promise<void> {
    const [after, item] = [this.believed, this.show?.next];
    if ((await this.order("next", { after })) && item) this.remember({ item, from: after });
  }

  async take(item: string): Promise<boolean> {
    const after = this.believed;
    const isSpine = itemOf(this.show, item)?.parent === null;
    const done = await this.order("take", { item, after });
    if (done && isSpine) this.remember({ item, from: after });
    return done;
  }

  back(): Promise<boolean> {
    this.cued = null;
    return this.order("back", { from: this.believed });
  }

  skip(): Promise<boolean> {
    return this.order("skip", { item: this.believed });
  }

  async order(name: string, data: Data = {}, topic = "show"): Promise<boolean> {
    this.sending += 1;
    const answer = await this.live.do(topic, name, data, { patience_ms });
    this.sending -= 1;
    this.refuse(answer.ok ? null : answer);
    return answer.ok;
  }

  /** Hold an input of a source; null: let the order decide again. */
  hold(source: string, input: string | null): Promise<boolean> {
    return input === null ? this.order("release_input", { source }, "inputs") : this.order("choose_input", { source, input }, "inputs");
  }

  close(): void {
    this.refuse(null);
    this.cued = null;
  }

  private refuse(declined: Declined | null): void {
    clearTimeout(this.forgetRefusal);
    this.refusal = declined;
    if (declined) this.forgetRefusal = setTimeout(() => (this.refusal = null), refusal_for_ms);
  }

  private remember(cued: Cued): void {
    this.cued = cued;
    clearTimeout(this.forgetCued);
    this.forgetCued = setTimeout(() => (this.cued = null), undo_for_ms);
  }

  private hear(event: EventFrame): void {
    if (event.topic !== "show" || !this.show) return;
    const happening = happeningOf(event, this.show, this.live.showTime(event.at));
    if (happening) this.happenings = [happening, ...this.happenings].slice(0, happenings_kept);
    const isCue = event.name === "item_started" && event.data.parent === undefined;
    if (isCue && event.data.item !== this.cued?.item) this.cued = null;
  }
}

/** A refusal, said as what is so now. */
export function refusalWords(words: Words["backstage"], declined: Declined, show: Show): string {
  const { refused } = words;
  const { code, refused: facts } = declined;
  if (code === "stale") return staleWords(words, show);
  if (code === "hits_hard_item") {
    const hard = itemOf(show, String(facts.item));
    return hard ? refused.hits_hard_item(nameOf(hard), hoursOf(show)(String(facts.start ?? hard.expected_start))) : refused.other;
  }
  if (code === "input_too_late") {
    const input = words.sources.inputs[String(facts.input)] ?? String(facts.input);
    return refused.input_too_late(input, String(Math.round(Number(facts.behind_s))), String(facts.most_s));
  }
  const known = (refused as Record<string, unknown>)[code];
  return typeof known === "string" ? known : refused.other;
}

function staleWords({ refused }: Words["backstage"], show: Show): string {
  const [now, next] = [itemOf(show, show.now), itemOf(show, show.next)];
  if (!now) return refused.staleNothing;
  return next ? refused.staleNow(nameOf(now), nameOf(next)) : refused.staleLast(nameOf(now));
}
