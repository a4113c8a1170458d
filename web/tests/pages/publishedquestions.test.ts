import { describe, expect, it } from "vitest";
import { upToNow } from "../../src/pages/questions/publishedquestions";
import type { Question } from "../../src/state/committee";

const asked = (seq: number, more: Partial<Question> = {}): Question => ({ id: `q${seq}`, seq, at: "2021-01-28T13:30:00Z", text: `${seq}?`, item: "18", votes: 0, ...more });
const ids = (list: Question[]) => list.map((one) => one.id);

describe("a published list brought up to now", () => {
  it("takes what the live list knows better, and keeps what that has no room for", () => {
    const list = upToNow([asked(1), asked(2), asked(3)], [asked(2, { votes: 4 }), asked(3)], "18");
    expect(ids(list)).toEqual(["q1", "q2", "q3"]);
    expect(list[1]?.votes).toBe(4);
  });

  it("loses what was withdrawn or merged since it was fetched", () => {
    expect(ids(upToNow([asked(1), asked(2), asked(3)], [asked(1), asked(3)], "18"))).toEqual(["q1", "q3"]);
  });

  it("gains what was asked since, under its own item alone", () => {
    expect(ids(upToNow([asked(1)], [asked(1), asked(2), asked(3, { item: "05" })], "18"))).toEqual(["q1", "q2"]);
  });

  it("is the fetched list while nothing is live yet", () => {
    expect(ids(upToNow([asked(1)], [], "18"))).toEqual(["q1"]);
  });
});
