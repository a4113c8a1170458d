import { describe, expect, it } from "vitest";
import { parseFrames } from "../../src/realtime/frames";

describe("a text frame", () => {
  it("may hold several objects, one a line", () => {
    expect(parseFrames('{"op":"beat"}\n{"op":"pong"}\n')).toEqual([{ op: "beat" }, { op: "pong" }]);
  });

  it("loses only the line that cannot be parsed", () => {
    expect(parseFrames('{"op":\n{"op":"pong"}')).toEqual([{ op: "pong" }]);
  });
});
