import { describe, expect, it } from "vitest";
import { write, type Cue } from "../../src/pages/captions/cues";
import { Drafts } from "../../src/pages/captions/drafts";
import { begun, done, redone, undone } from "../../src/pages/captions/history";
import { MemoryStore } from "../realtime/memorystore";

const cues: Cue[] = [{ id: 0, start_ms: 0, end_ms: 1_000, text: "a" }];
const texts = (history: ReturnType<typeof begun>) => history.now.map(({ text }) => text).join();

describe("history", () => {
  it("takes the typing in one cue as one step", () => {
    let history = begun(cues);
    for (const text of ["ab", "abc"]) history = done(history, write(history.now, 0, text), "write 0");
    history = done(history, write(history.now, 0, "x"));
    expect(texts(undone(history))).toBe("abc");
    expect(texts(undone(undone(history)))).toBe("a");
    expect(texts(redone(redone(undone(undone(history)))))).toBe("x");
    expect(undone(begun(cues))).toEqual(begun(cues));
    expect(redone(begun(cues))).toEqual(begun(cues));
  });

  it("forgets what was undone when something else is done, and keeps nothing that changes nothing", () => {
    const history = undone(done(begun(cues), write(cues, 0, "b")));
    expect(done(history, write(cues, 0, "c")).future).toEqual([]);
    expect(done(history, [...cues])).toBe(history);
  });
});

describe("drafts", () => {
  it("are kept by item and track until they are dropped", () => {
    const drafts = new Drafts(new MemoryStore());
    const draft = { version: "7f", at: "2021-01-28T08:00:00Z", cues };
    expect(drafts.keep("02", "da", draft)).toBe(true);
    expect([drafts.of("02", "da"), drafts.of("02", "en")]).toEqual([draft, null]);
    drafts.drop("02", "da");
    expect(drafts.of("02", "da")).toBeNull();
  });
});
