import { describe, expect, it } from "vitest";
import { saidNow } from "../../src/pages/watch/said";
import type { Show } from "../../src/state/show";

const until = "2021-01-28T08:30:00Z";
const then = Date.parse(until);

function saying(announcement: Show["announcement"]): Show {
  return { announcement } as Show;
}

describe("an announcement", () => {
  it("runs out by the show's clock", () => {
    const show = saying({ text: "Lyden er tilbage", until, urgent: false });
    expect(saidNow(show, then - 1)).toEqual({ text: "Lyden er tilbage", urgent: false });
    expect(saidNow(show, then)).toBeNull();
  });

  it("without a moment stays until it is taken away", () => {
    expect(saidNow(saying({ text: "Gå ud", until: null, urgent: true }), then)).toEqual({ text: "Gå ud", urgent: true });
    expect(saidNow(saying(null), then)).toBeNull();
    expect(saidNow(null, then)).toBeNull();
  });

  it("of an older day is not urgent", () => {
    expect(saidNow(saying({ text: "Hej", until: null } as Show["announcement"]), then)?.urgent).toBe(false);
  });
});
