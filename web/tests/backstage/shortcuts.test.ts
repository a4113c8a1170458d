import { describe, expect, it } from "vitest";
import { boardKey, type BoardPress } from "../../src/pages/backstage/shortcuts";

function press(key: string, rest: Partial<BoardPress> = {}): BoardPress {
  return { key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, target: null, ...rest };
}

const writing = { target: { tagName: "TEXTAREA" } as unknown as EventTarget };

describe("the board's keys", () => {
  it("are letters, large or small", () => {
    expect([boardKey(press("n"), true), boardKey(press("N"), true), boardKey(press("ø"), true)]).toEqual(["next", "next", null]);
  });

  it("leave the browser's own alone, and a key that is held down", () => {
    expect(boardKey(press("n", { ctrlKey: true }), true)).toBeNull();
    expect(boardKey(press("n", { repeat: true }), true)).toBeNull();
  });

  it("are letters like any other to a person who writes, but Esc is not", () => {
    expect(boardKey(press("n", writing), true)).toBeNull();
    expect(boardKey(press("Escape", writing), true)).toBe("close");
  });

  it("are heard on a box that is ticked", () => {
    const target = { tagName: "INPUT", type: "checkbox" } as unknown as EventTarget;
    expect(boardKey(press("n", { target }), true)).toBe("next");
    expect(boardKey(press("n", { target: { tagName: "INPUT", type: "text" } as unknown as EventTarget }), true)).toBeNull();
  });

  it("can be turned off", () => {
    expect(boardKey(press("n"), false)).toBeNull();
    expect(boardKey(press("Escape"), false)).toBe("close");
  });
});
