import { describe, expect, it } from "vitest";
import { keyAct } from "../../src/player/keys";

const press = (key: string, tagName = "BODY", more = {}) =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, target: { tagName } as unknown as EventTarget, ...more });

describe("the player's keys", () => {
  it("do what they do elsewhere, in either case", () => {
    expect(keyAct(press("m"), false)).toEqual({ act: "sound" });
    expect(keyAct(press("M"), false)).toEqual({ act: "sound" });
    expect(keyAct(press("l"), false)).toEqual({ act: "live" });
  });

  it("are silent while somebody writes", () => {
    for (const tag of ["TEXTAREA", "INPUT", "SELECT"]) expect(keyAct(press("m", tag), true)).toBeNull();
  });

  it("leave space to the button that has the focus", () => {
    expect(keyAct(press(" ", "BUTTON"), true)).toBeNull();
    expect(keyAct(press(" "), false)).toEqual({ act: "play" });
  });

  it("leave arrows to tabs and lists outside the player", () => {
    expect(keyAct(press("ArrowRight", "BUTTON"), false)).toBeNull();
    expect(keyAct(press("ArrowRight"), true)).toEqual({ act: "seek", by_s: 10 });
  });

  it("leave the browser's own shortcuts alone", () => {
    expect(keyAct(press("f", "BODY", { ctrlKey: true }), false)).toBeNull();
  });
});
