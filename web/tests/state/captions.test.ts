import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../src/realtime/frames";
import type { Library } from "../../src/state/library";
import { evolveNotices, sharedThatCloses, type Notices } from "../../src/state/person";

const nothing: Notices = { messages: [], questions: [], votes: [], ballots: {}, muted: {}, rooms: [] };
const warned = (item: string, closes_at: string) =>
  ({ name: "own_captions_warned", data: { person: "ha", item, closes_at }, at: "", seq: 1 }) as unknown as EventFrame;

describe("the warning of captions", () => {
  it("is told of each item by its newest close, until it is captioned or waived", () => {
    let notices = evolveNotices(nothing, warned("02", "2021-02-11T08:00:00Z"));
    notices = evolveNotices(notices, warned("05", "2021-02-12T08:00:00Z"));
    notices = evolveNotices(notices, warned("02", "2021-02-13T08:00:00Z"));
    expect(notices.captions).toEqual({ "05": "2021-02-12T08:00:00Z", "02": "2021-02-13T08:00:00Z" });
    const standing = { captions: [], waived: false };
    const library = { items: { "02": standing, "05": standing } } as unknown as Library;
    expect(sharedThatCloses(notices, library).map(({ item }) => item)).toEqual(["05", "02"]);
    const settled = { items: { "02": { ...standing, captions: ["da"] }, "05": { ...standing, waived: true } } } as unknown as Library;
    expect(sharedThatCloses(notices, settled)).toEqual([]);
    expect(sharedThatCloses(null, null)).toEqual([]);
  });

  it("goes the oldest first where there are more than fifty", () => {
    const many = Array.from({ length: 52 }, (_, number) => warned(`item-${number}`, "2021-02-11T08:00:00Z"));
    expect(Object.keys(many.reduce(evolveNotices, nothing).captions ?? {})).toHaveLength(50);
  });
});
