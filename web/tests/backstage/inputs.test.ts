import { describe, expect, it } from "vitest";
import { choiceEffects } from "../../src/pages/backstage/inputchoice";
import { complaintWords, figureWords, stateWords, warningWords } from "../../src/pages/backstage/inputwords";
import type { InputReport, Source } from "../../src/pages/backstage/sources";
import { da } from "../../src/words/da";
import { en } from "../../src/words/en";

const danish = { language: "da" as const, words: da };
const english = { language: "en" as const, words: en };

function aSource(inputs: [string, InputReport["state"]][], isOnAir = true): Source {
  const shown = inputs.find(([, state]) => state === "active")?.[0] ?? null;
  const report = { connected: shown !== null, input: shown, inputs: inputs.map(([name, state]) => ({ name, state })) };
  return { id: "kl-huset", name: "KL-huset", report, health: "good", isOnAir, isNext: false };
}

function effects(source: Source, pick: string | null): string[] {
  return choiceEffects(source, pick).map(({ name, input }) => (input ? `${name} ${input}` : name));
}

describe("choosing an input", () => {
  it("says that the picture changes, and who sees it", () => {
    const both = aSource([["main", "active"], ["backup", "standby"]]);
    expect(effects(both, "backup")).toEqual(["changes backup", "holds backup", "onAir"]);
    expect(effects({ ...both, isOnAir: false }, "backup")).toEqual(["changes backup", "holds backup", "offAir"]);
    expect(effects(both, "main")).toEqual(["stays main", "holds main"]);
  });

  it("says what is shown until one that is away is there", () => {
    expect(effects(aSource([["main", "active"], ["backup", "absent"]]), "backup")).toEqual(["waits backup", "keeps main", "holds backup", "onAir"]);
    expect(effects(aSource([["main", "silent"], ["backup", "absent"]]), "main")).toEqual(["waits main", "slate", "holds main", "onAir"]);
  });

  it("says where automation leads", () => {
    expect(effects(aSource([["main", "standby"], ["backup", "active"]]), null)).toEqual(["changes main", "automatic", "onAir"]);
    expect(effects(aSource([["main", "absent"], ["backup", "active"]]), null)).toEqual(["stays backup", "automatic"]);
    expect(effects(aSource([]), null)).toEqual(["automatic"]);
  });
});

describe("what is wrong with an input", () => {
  it("is said with its figures, and what to do", () => {
    expect(warningWords(danish, { code: "keyframes_rare", seconds: 8, wanted: 2 })).toBe("nøglebilleder hvert 8. sekund: sæt keyframe interval til 2");
    expect(complaintWords(danish, { code: "low_bitrate", of: "main", mbit: 0.3, width: 1280, height: 720, wanted: 1.4 })).toBe(
      "Hovedlinje: billedet er groft, kun 0,3 Mbit/s til 1280×720: sæt bitrate til 1,4, eller vælg en mindre størrelse",
    );
    expect(complaintWords(english, { code: "stands_in", of: null, input: "backup", instead_of: "main" })).toBe("Backup line is shown because Main line dropped out");
    expect(warningWords(danish, { code: "chosen_absent", input: "backup", instead: null })).toContain("Der er intet andet");
  });

  it("is said by its code where this page is too old to know it", () => {
    expect(warningWords(danish, { code: "new_one", seconds: 3 })).toBe("Kilden melder: new_one");
  });

  it("has the same words in both languages", () => {
    expect(Object.keys(en.backstage.sources.warnings)).toEqual(Object.keys(da.backstage.sources.warnings));
  });
});

describe("an input's line", () => {
  it("says its state, and when a better one is back", () => {
    const main: InputReport = { name: "main", state: "settling", returns_in_s: 5 };
    expect(stateWords(danish, main, true)).toBe("på vej, tilbage om 5 sek.");
    expect(stateWords(danish, main, false)).toBe("på vej");
    expect(stateWords(danish, { ...main, state: "absent" }, true)).toBe("ikke tilsluttet");
  });

  it("says the figures that are known", () => {
    expect(figureWords(danish, { width: 1280, height: 720, fps: 24.8, bitrate_bps: 2_140_000 })).toEqual(["1280×720", "25 b/s", "2,1 Mbit/s"]);
    expect(figureWords(danish, {})).toEqual([]);
  });
});
