import { expect, test } from "vitest";
import { forLinks } from "../../src/pages/sharing/forlinks";
import type { Grant, Library } from "../../src/state/library";
import type { Show } from "../../src/state/show";

const now_ms = Date.parse("2021-01-28T10:00:00Z");
const show = { items: [{ id: "01", actual_start: "2021-01-28T08:00:00Z" }, { id: "02", actual_start: null }] } as Show;

function told(...grants: Grant[]): string {
  const library = { items: { "02": { kind: "live", grants, captions: [], waived: false, by_hand: false } } } as unknown as Library;
  return forLinks(library, show, "02", now_ms);
}

test.each<[string, Grant[]]>([
  ["none", []],
  ["none", [{ audience: "attendees", when: "hand", opened: "2021-01-28T08:00:00Z" }]],
  ["open", [{ audience: "link", when: "hand", opened: "2021-01-28T08:00:00Z" }]],
  ["open", [{ audience: "everybody", when: "time", at: "2021-01-28T10:00:00Z" }]],
  ["open", [{ audience: "link", when: "cue", item: "01" }]],
  ["later", [{ audience: "link", when: "cue" }]],
  ["later", [{ audience: "link", when: "time", at: "2021-01-28T10:00:01Z" }]],
  ["byHand", [{ audience: "link", when: "hand" }]],
  ["none", [{ audience: "link", when: "cue", item: "01", until: "2021-01-28T10:00:00Z" }]],
])("it is %s for links by %j", (found, grants) => expect(told(...grants)).toBe(found));

test("of an item that nothing is known of, nothing is promised", () => expect(forLinks(null, null, "02", now_ms)).toBe("none"));
