/** How the line stands, in what a person should be told: a short loss is nobody's business. */

import type { LineState } from "../realtime/line";

export type LineNotice = "quiet" | "again" | "back" | "final";

const say_after_ms = 2_000;
const back_for_ms = 2_500;

export class LineNotices {
  state = $state.raw<LineState>({ name: "connecting" });
  notice = $state<LineNotice>("quiet");
  private timer: ReturnType<typeof setTimeout> | null = null;

  receive(state: LineState): void {
    this.state = state;
    if (state.name === "final") return this.say("final");
    if (state.name === "open") return this.opened();
    if (this.notice === "quiet" || this.notice === "back") this.later("again", say_after_ms);
  }

  private opened(): void {
    if (this.notice !== "again") return this.say("quiet");
    this.say("back");
    this.later("quiet", back_for_ms);
  }

  private later(notice: LineNotice, ms: number): void {
    // A second change inside the two seconds must not start them anew.
    if (this.timer !== null && notice === "again") return;
    this.timer = setTimeout(() => this.say(notice), ms);
  }

  private say(notice: LineNotice): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.notice = notice;
  }
}
