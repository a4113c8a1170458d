import { describe, expect, it } from "vitest";
import { diagnosisOf, type PlayerSeen, type Seen } from "../../src/help/diagnosis";
import { da } from "../../src/words/da";

const player: PlayerSeen = {
  showing: "/hls/main/index.m3u8",
  via: "hls",
  paused: false,
  waiting: false,
  needsTap: false,
  absent: null,
  muted: true,
  volume: 0.8,
  behind_s: 4.4,
  incidents: [],
};

function seen(rest: Partial<Seen> = {}): Seen {
  return { path: "/watch", agent: "Firefox 141", window: [1280, 800], screen: [1920, 1080], network: "", line: "open", player, errors: [], ...rest };
}

const said = (rest: Partial<Seen> = {}) => diagnosisOf(seen(rest), da.help);

describe("what the page says of itself", () => {
  it("tells page, browser, screen, line, picture, sound and how far behind", () => {
    expect(said()).toEqual({
      page: "/watch",
      browser: "Firefox 141",
      screen: "1280 × 800 af 1920 × 1080",
      line: "åben",
      picture: "/hls/main/index.m3u8 · hls · spiller",
      sound: "slået fra",
      behind: "4 sek.",
    });
  });

  it("leaves out what it does not have: a page without a picture says nothing of one", () => {
    expect(said({ player: null })).not.toHaveProperty("picture");
    expect(said({ player: { ...player, behind_s: null } })).not.toHaveProperty("behind");
  });

  it.each([
    [{ absent: 404, paused: true }, "intet at vise (404)"],
    [{ absent: 0 }, "intet svar"],
    [{ needsTap: true, paused: true }, "venter på et tryk"],
    [{ paused: true, waiting: true }, "på pause"],
    [{ waiting: true }, "venter på billede"],
  ])("says what holds the picture up: %o", (state, words) => {
    expect(said({ player: { ...player, ...state } }).picture).toContain(words);
  });

  it("tells the last faults and no addresses that were opened, nor what stands behind a question mark", () => {
    const incidents = [
      { what: "open /hls/main/index.m3u8", fatal: false },
      { what: "GET /hls/main/index.m3u8?pass=secret failed", fatal: true },
    ];
    const { errors } = said({ errors: ["x is undefined"], player: { ...player, incidents } });
    expect(errors).toBe("x is undefined\nGET /hls/main/index.m3u8 failed");
    expect(said({ errors: Array.from({ length: 20 }, (_, n) => `fault ${n}`) }).errors?.split("\n")).toHaveLength(6);
  });

  it("is never longer than the server reads", () => {
    const long = "x".repeat(5_000);
    const parts = said({ agent: long, path: long, errors: [long, long, long, long, long, long] });
    expect(parts.browser).toHaveLength(300);
    expect(parts.errors?.length).toBeLessThanOrEqual(900);
    expect(JSON.stringify(parts).length).toBeLessThan(4_000);
  });
});
