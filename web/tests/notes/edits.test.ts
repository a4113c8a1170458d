import { describe, expect, it } from "vitest";
import { editBetween, moved, parts } from "../../src/pages/watch/notes/edits";

describe("what somebody has done to a text", () => {
  it.each([
    ["", "Hej", { at: 0, removed: 0, inserted: "Hej" }],
    ["Hej", "Hej du", { at: 3, removed: 0, inserted: " du" }],
    ["Hej du", "Hej", { at: 3, removed: 3, inserted: "" }],
    ["aaa", "aaaa", { at: 3, removed: 0, inserted: "a" }],
    ["abc", "axc", { at: 1, removed: 1, inserted: "x" }],
    ["same", "same", { at: 4, removed: 0, inserted: "" }],
    ["a🙂b", "a🙃b", { at: 1, removed: 2, inserted: "🙃" }],
    ["🙂", "🙂🙂", { at: 2, removed: 0, inserted: "🙂" }],
    ["\u{1f642}", "\u{10642}", { at: 0, removed: 2, inserted: "\u{10642}" }],
  ])("from %j to %j", (before, after, edit) => {
    const found = editBetween(before, after);
    expect(found).toEqual(edit);
    expect(before.slice(0, found.at) + found.inserted + before.slice(found.at + found.removed)).toBe(after);
  });

  it("goes in parts that are never half a sign", () => {
    expect(parts("ab🙂c", 3)).toEqual(["ab", "🙂c"]);
    expect(parts("", 3)).toEqual([]);
  });

  it("keeps the caret at its word when others write", () => {
    expect(moved(5, { at: 0, removed: 0, inserted: "xx" })).toBe(7);
    expect(moved(5, { at: 5, removed: 0, inserted: "xx" })).toBe(5);
    expect(moved(5, { at: 3, removed: 10, inserted: "" })).toBe(3);
  });
});
