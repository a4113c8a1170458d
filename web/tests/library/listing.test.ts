import { describe, expect, it } from "vitest";
import { conversationsOf, ofQuestion, placed, saidAt } from "../../src/pages/library/conversation";
import { folded, holds } from "../../src/pages/library/folded";
import { addressOf, fits, grouped, plays, readTime, standingOf, writtenTime, type Library, type Listed } from "../../src/pages/library/listing";
import { routeOf } from "../../src/shell/routes";

function anItem(changes: Partial<Listed> = {}): Listed {
  return {
    item: "05",
    state: "open",
    captions: [],
    title: "Et oplæg",
    kind: "live",
    people: [],
    questions: [],
    stands: "done",
    shown: true,
    starts: "2021-01-28T08:00:00Z",
    ends: "2021-01-28T08:15:00Z",
    ...changes,
  };
}

const library: Library = {
  now: "2021-01-28T09:00:00Z",
  edition: { title: "Topmøde", date: "2021-01-28", state: "running", sections: [{ id: "1", title: "Et" }, { id: "2", title: "To" }] },
  items: [anItem({ item: "a" }), anItem({ item: "b", section: "1", sector: "skole" }), anItem({ item: "c", section: "1" }), anItem({ item: "d", section: "2" })],
};

describe("how an item stands", () => {
  it.each([
    [{}, "open", true],
    [{ stands: "on_air" }, "live", true],
    [{ stands: "planned", shown: false }, "begins", false],
    [{ stands: "skipped", shown: false }, "skipped", false],
    [{ state: "locked", reason: "later", opens_at: "2021-01-28T13:30:00Z" }, "opens", false],
    [{ state: "locked", reason: "by_hand" }, "byHand", false],
    [{ state: "locked", reason: "captions" }, "captions", false],
    [{ state: "locked", reason: "captions_overdue" }, "overdue", false],
    [{ kind: "committee_chat" }, "open", false],
    [{ kind: "discussion" }, "open", false],
  ] as [Partial<Listed>, string, boolean][])("%o is %s", (changes, name, can) => {
    expect(standingOf(anItem(changes)).name).toBe(name);
    expect(plays(anItem(changes))).toBe(can);
  });

  it("is found by its theme, its area and its year", () => {
    const found = (wish: object) => library.items.filter((item) => fits(item, library, { section: null, sector: null, year: null, ...wish })).map(({ item }) => item);
    expect(found({})).toEqual(["a", "b", "c", "d"]);
    expect(found({ section: "1" })).toEqual(["b", "c"]);
    expect(found({ section: "1", sector: "skole" })).toEqual(["b"]);
    expect(found({ year: "2020" })).toEqual([]);
  });

  it("stands in the day's order under its theme", () => {
    expect(grouped(library, library.items).map(({ section, items }) => [section?.id ?? null, items.map(({ item }) => item)])).toEqual([
      [null, ["a"]],
      ["1", ["b", "c"]],
      ["2", ["d"]],
    ]);
  });
});

describe("an address with a time", () => {
  it.each([
    [0, "0:00"],
    [75.9, "1:15"],
    [3_723, "1:02:03"],
  ])("%s s is written %s and read again", (at_s, text) => {
    expect(writtenTime(at_s)).toBe(text);
    expect(readTime(text)).toBe(Math.floor(at_s));
  });

  it.each([null, "", "x", "-3", "1:2", "1:02:03:04", "999999"])("%s is no time", (text) => expect(readTime(text)).toBeNull());

  it("leads to a recording's page", () => {
    expect(addressOf("tema/1", 61)).toBe("/bibliotek/tema%2F1?t=1:01");
    expect(routeOf(new URL(addressOf("tema/1", 61), "http://x"))).toEqual({ page: "recording", item: "tema/1" });
    expect(routeOf(new URL("http://x/bibliotek"))).toEqual({ page: "library" });
  });
});

describe("the conversation", () => {
  it("is one's own room's, those of the rooms one was let into, and the committee's", () => {
    const [group, guest] = [{ room: "aalborg.udvalg", guest: false, title: "Udvalget" }, { room: "aarhus", guest: true }];
    expect(conversationsOf("aalborg", [{ room: "aalborg", guest: false }, group, guest]).map(({ topic }) => topic)).toEqual([
      "room:aalborg",
      "room:aalborg.udvalg",
      "room:aarhus",
      "committee",
    ]);
    expect(conversationsOf(null, [guest]).map(({ topic }) => topic)).toEqual(["room:aarhus", "committee"]);
    expect(conversationsOf(null, [])).toEqual([{ topic: "committee", room: null }]);
  });

  const began_ms = Date.parse("2026-01-01T08:00:00Z");
  const spans = [
    { from_s: 0, length_s: 60, began_ms },
    { from_s: 60, length_s: 60, began_ms: began_ms + 100_000 },
  ];
  const line = (id: string, after_s: number) => ({ id, at: new Date(began_ms + after_s * 1000).toISOString(), name: "Mette", text: id });

  it("comes at the recording's time, in its order, and leaves out what was written at other times", () => {
    const lines = placed([line("late", 500), line("in the gap", 80), line("first", 10), line("early", -5), line("second run", 130)], spans);
    expect(lines.map(({ id, at_s }) => [id, at_s])).toEqual([
      ["first", 10],
      ["in the gap", 60],
      ["second run", 90],
    ]);
    expect([0, 9.9, 10, 60, 89, 500].map((at_s) => saidAt(lines, at_s))).toEqual([0, 0, 1, 2, 2, 3]);
  });

  it("tells a question when it was asked and its answer when it was given", () => {
    const at = new Date(began_ms).toISOString();
    const later = new Date(began_ms + 9_000).toISOString();
    const answer = { author: { id: "u", name: "Thomas" }, at: later, on_air: false, text: "Ja." };
    expect(ofQuestion({ id: "q", seq: 1, at, text: "Kan vi?", item: "18", votes: 0, answer })).toEqual([
      { id: "q", at, name: null, text: "Kan vi?" },
      { id: "q.answer", at: later, name: "Thomas", text: "Ja.", answer: true },
    ]);
  });
});

describe("finding in a text", () => {
  it("does not mind how the Danish letters are written", () => {
    expect(folded("Århus, BØRN")).toBe("aarhus, boern");
    expect(holds("Børnenes trivsel i Århus", "aarhus boern")).toBe(true);
    expect(holds("Børnenes trivsel", "trivsel århus")).toBe(false);
  });
});
