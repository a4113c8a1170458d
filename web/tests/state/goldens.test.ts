import { describe, expect, it } from "vitest";
import { kinds, reducerFor } from "../../src/state/reducers";
import { goldensOf } from "./goldens";

describe.each(kinds)("the reducer of %s", (kind) => {
  const goldens = goldensOf(kind);

  // A channel has cases of its own in channel.test.ts; goldens of it are read as soon as there are any.
  it("has cases to stand on", () => {
    expect(goldens.length).toBeGreaterThan(0);
  });

  it.each(goldens.map((golden) => [golden.name, golden] as const))("comes where the server came: %s", (_, golden) => {
    const evolve = reducerFor(golden.topic);
    const frozen = JSON.stringify(golden.before);
    expect(golden.frames.reduce((state, frame) => evolve(state, frame), golden.before)).toEqual(golden.after);
    expect(JSON.stringify(golden.before)).toBe(frozen);
  });
});
