import { describe, expect, it } from "vitest";
import { concernsOf } from "../../src/pages/backstage/attention";
import { complaintsOf, levelOf, sourcesOf } from "../../src/pages/backstage/sources";
import { aShow, anItem, ms, onAir } from "./shows";

const a = onAir(anItem("a", "09.00", "09.10", { source: "kl-huset", place: "KL-huset" }));
const b = anItem("b", "09.10", "09.20", { source: "odense" });

function names(show: ReturnType<typeof aShow>, state: Record<string, unknown> | null, hour: string): string[] {
  return concernsOf(show, sourcesOf(show, state), ms(hour)).map(({ name }) => name);
}

describe("sources", () => {
  it("are those the programme names, known or not, under the name of their place", () => {
    const sources = sourcesOf(aShow([a, b]), { sources: { "kl-huset": { connected: true }, extra: {} } });
    expect(sources.map(({ id, name, health }) => [id, name, health])).toEqual([
      ["kl-huset", "KL-huset", "good"],
      ["odense", "odense", "unknown"],
      ["extra", "extra", "silent"],
    ]);
  });

  it("show silence at the left end of the bar and full scale at the right", () => {
    expect([levelOf(-90), levelOf(-30), levelOf(0), levelOf(NaN)]).toEqual([0, 0.5, 1, null]);
  });
});

describe("what is wrong with a source", () => {
  it("is what the server says of it and of what is shown, and of what stands by only what would hurt", () => {
    const report = {
      connected: true,
      warnings: [{ code: "no_backup", missing: "backup" }],
      inputs: [
        { name: "main", state: "active" as const, warnings: [{ code: "b_pictures" }] },
        { name: "backup", state: "standby" as const, warnings: [{ code: "b_pictures" }, { code: "no_sound" }] },
        { name: "line", state: "absent" as const, warnings: [{ code: "feed_not_found" }] },
      ],
    };
    expect(complaintsOf(report).map(({ of, code }) => [of, code])).toEqual([
      [null, "no_backup"],
      ["main", "b_pictures"],
      ["backup", "no_sound"],
      ["line", "feed_not_found"],
    ]);
    expect(complaintsOf({ connected: true })).toEqual([]);
  });
});

describe("what needs a person", () => {
  it("is first of all a source that is on and does not send", () => {
    const state = { sources: { "kl-huset": { connected: false }, odense: { connected: true, warnings: [{ code: "no_backup" }] } } };
    expect(names(aShow([a, b]), state, "09.05")).toEqual(["silent_on_air", "warned"]);
  });

  it("is the next source while it does not send yet", () => {
    const state = { sources: { "kl-huset": { connected: true }, odense: { connected: false } } };
    expect(names(aShow([a, b]), state, "09.05")).toEqual(["silent_next"]);
  });

  it("says nothing of sources nobody has heard of", () => {
    expect(names(aShow([a, b]), null, "09.05")).toEqual([]);
  });

  it("is a hard start that nobody lets happen", () => {
    const hard = anItem("hard", "09.10", "09.20", { timing: "hard" });
    const held = aShow([a, hard], { state: "held" });
    expect(names(held, null, "09.05")).toEqual([]);
    expect(names(held, null, "09.09.30")).toEqual(["clash"]);
    expect(names(aShow([a, hard]), null, "09.09.30")).toEqual([]);
  });

  it("is an item that waits because the one before it runs over", () => {
    expect(names(aShow([a, b], { mode: "manual" }), null, "09.12")).toEqual(["overdue"]);
  });
});
