import { describe, expect, test, vi } from "vitest";
import { fetchStoryboard, storyboardOf, tileAt, type Storyboard } from "../../src/player/storyboard";

const board: Storyboard = { ready: true, state: "clean", tile: [160, 90], columns: 2, a_sheet: 4, sheets: ["a", "b"], at_s: [0, 2, 4, 6, 8], gaps: [] };

describe("the small pictures of a replay", () => {
  test("the last that is not later is shown, from its sheet", () => {
    expect(tileAt(board, 5.9)).toMatchObject({ sheet: "a", left_px: 0, top_px: 90 });
    expect(tileAt(board, 99)).toMatchObject({ sheet: "b", left_px: 0, top_px: 0 });
    expect(tileAt({ ...board, at_s: [1] }, 0)).toMatchObject({ sheet: "a", left_px: 0 });
  });

  test("there is none where there are no pictures", () => {
    expect(tileAt({ ...board, sheets: [], at_s: [] }, 1)).toBeNull();
  });

  test("replays alone have any, and are asked for them as the replay was", () => {
    expect(storyboardOf("/replay/07/index.m3u8")).toEqual({ address: "/replay/07/storyboard.json", pass: "" });
    expect(storyboardOf("/replay/07/whole/index.m3u8")).toEqual({ address: "/replay/07/storyboard.json?whole", pass: "" });
    const passed = storyboardOf("/replay/07/index.m3u8?pass=del.a-b-c");
    expect(passed).toEqual({ address: "/replay/07/storyboard.json?pass=del.a-b-c", pass: "?pass=del.a-b-c" });
    expect(storyboardOf("/hls/main/index.m3u8")).toBeNull();
  });

  test("the sheets are fetched with the pass that told of them", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ ...board, sheets: ["/replay/07/1/storyboard-0.jpg"] })));
    const told = await fetchStoryboard("/replay/07/storyboard.json?pass=del.x", "?pass=del.x");
    expect(told?.sheets).toEqual(["/replay/07/1/storyboard-0.jpg?pass=del.x"]);
    vi.unstubAllGlobals();
  });
});
