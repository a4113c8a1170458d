import { describe, expect, it } from "vitest";
import { claim_lasts_ms, colleagueWith, hasLapsed, waitsFor } from "../../src/state/claims";
import type { DeskQuestion } from "../../src/state/desk";

const at = "2021-01-28T13:30:00Z";
const [kim, lis] = [
  { id: "kim", name: "Kim", badge: "committee" as const },
  { id: "lis", name: "Lis", badge: "committee" as const },
];
const question: DeskQuestion = { id: "a.q1", seq: 1, at, item: "18", asker: { id: "a", name: "A" }, anonymous: false, status: "claimed", votes: 0, claimed_by: kim, claimed_at: at };
const after = (ms: number) => Date.parse(at) + ms;

describe("a claim", () => {
  it("lapses when nothing was heard of it for as long as the server says, not before", () => {
    expect(hasLapsed(question, after(claim_lasts_ms - 1))).toBe(false);
    expect(hasLapsed(question, after(claim_lasts_ms))).toBe(true);
  });

  it("does not lapse while its answer waits for others, nor when nobody has it", () => {
    expect(hasLapsed({ ...question, submitted: 9 }, after(claim_lasts_ms))).toBe(false);
    const { claimed_at: _none, ...free } = question;
    expect(hasLapsed(free, after(claim_lasts_ms))).toBe(false);
  });

  it("is a colleague's for everybody but who has it, until it is settled", () => {
    expect(colleagueWith(question, "lis")).toBe(kim);
    expect(colleagueWith(question, "kim")).toBeNull();
    expect(colleagueWith({ ...question, status: "answered" }, "lis")).toBeNull();
  });
});

describe("an answer that waits", () => {
  it("waits for everybody but its author", () => {
    expect(waitsFor(question, "lis")).toBe(false);
    expect(waitsFor({ ...question, submitted: 9 }, "lis")).toBe(true);
    expect(waitsFor({ ...question, submitted: 9 }, "kim")).toBe(false);
    const { claimed_by: _none, ...answered } = question;
    expect(waitsFor({ ...answered, submitted: 9, answer: { author: lis, at, on_air: false, text: "Ja" } }, "lis")).toBe(false);
  });
});
