import { describe, expect, it } from "vitest";
import { cameraLink, endpointOf } from "../../src/pages/camera/cameralink";
import { decibels, silence_db } from "../../src/pages/camera/level";
import { troubleOf } from "../../src/pages/camera/pictures";

function aStore(): { getItem(name: string): string | null; setItem(name: string, value: string): void } {
  const kept = new Map<string, string>();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value) };
}

describe("a camera's link", () => {
  it("gives the source, and the key from behind the hash", () => {
    expect(cameraLink("kl-huset", "#key=a-b_c", aStore())).toEqual({ source: "kl-huset", key: "a-b_c" });
  });

  it("is remembered for a reload, each source by itself", () => {
    const store = aStore();
    cameraLink("kl-huset", "#key=one", store);
    expect(cameraLink("kl-huset", "", store).key).toBe("one");
    expect(cameraLink("odense", "", store).key).toBe("");
  });

  it("leads to the source's endpoint, whatever the source is called", () => {
    expect(endpointOf({ source: "sal 2/æ", key: "" })).toBe("/whip/sal%202%2F%C3%A6");
  });
});

describe("trouble with a camera", () => {
  it.each([
    ["NotAllowedError", false, "denied"],
    ["NotAllowedError", true, "screen_denied"],
    ["NotFoundError", false, "no_camera"],
    ["NotReadableError", false, "in_use"],
    ["SomethingNew", false, "camera_failed"],
  ] as const)("%s (screen: %s) is %s", (name, isScreen, trouble) => {
    expect(troubleOf(Object.assign(new Error(), { name }), isScreen)).toBe(trouble);
  });
});

describe("loudness", () => {
  it("is 0 dB at full scale and ends at silence", () => {
    expect(decibels(new Float32Array([1, -1, 1, -1]))).toBeCloseTo(0);
    expect(decibels(new Float32Array([0.1, -0.1]))).toBeCloseTo(-20);
    expect(decibels(new Float32Array(8))).toBe(silence_db);
  });
});
