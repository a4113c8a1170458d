import { describe, expect, it } from "vitest";
import { choiceEffects } from "../../src/pages/backstage/inputchoice";
import { complaintWords, figureWords, stateWords, warningWords } from "../../src/pages/backstage/inputwords";
import { refusalWords } from "../../src/pages/backstage/board.svelte";
import type { InputReport, Source } from "../../src/pages/backstage/sources";
import type { Declined } from "../../src/realtime/client";
import type { Show } from "../../src/state/show";
import { da } from "../../src/words/da";
import { en } from "../../src/words/en";

const danish = { language: "da" as const, words: da };
const english = { language: "en" as const, words: en };

function aSource(inputs: [string, InputReport["state"], number?][], isOnAir = true): Source {
  const shown = inputs.find(([, state]) => state === "active")?.[0] ?? null;
  const report = { connected: shown !== null, input: shown, inputs: inputs.map(([name, state, behind_s]) => ({ name, state, behind_s })) };
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

  it("says that one which lies too far behind cannot be shown, and what is shown instead", () => {
    const late = (behind_s: number): Source => aSource([["main", "active"], ["backup", "standby", behind_s]]);
    expect(effects(late(2.6), "backup")).toEqual(["tooLate backup", "keeps main"]);
    expect(effects(late(1.6), "backup")).toEqual(["changes backup", "holds backup", "onAir"]);
    const better = aSource([["main", "standby", 4], ["backup", "active"]]);
    expect(effects(better, null)).toEqual(["tooLate main", "keeps backup", "automatic"]);
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

  it("says of one that lies too far behind how far, and what to do", () => {
    const too_late = { code: "too_late", input: "backup", seconds: 3, most: 2 };
    expect(warningWords(danish, too_late)).toBe(
      "Reservelinje er 3 sek. bagud og kan ikke vises; der ventes højst 2. Sæt forsinkelsen (latency) ned hos afsenderen, eller genstart den",
    );
    const declined = { ok: false as const, code: "input_too_late", refused: { code: "input_too_late", input: "backup", behind_s: 3.2, most_s: 2 } } as unknown as Declined;
    expect(refusalWords(da.backstage, declined, {} as Show)).toContain("Reservelinje er 3 sek. bagud, og der ventes højst 2.");
    expect(refusalWords(en.backstage, declined, {} as Show)).toContain("choose it again");
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
    expect(stateWords(danish, { ...main, state: "standby", behind_s: 3.1 }, true)).toBe("klar, men 3 sek. bagud");
  });

  it("says the figures that are known", () => {
    expect(figureWords(danish, { width: 1280, height: 720, fps: 24.8, bitrate_bps: 2_140_000 })).toEqual(["1280×720", "25 b/s", "2,1 Mbit/s"]);
    expect(figureWords(danish, {})).toEqual([]);
  });
});
