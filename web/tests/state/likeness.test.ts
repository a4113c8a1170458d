import { describe, expect, it } from "vitest";
import { alike, likeness, wordsOf } from "../../src/state/likeness";

const like = (a: string, b: string) => likeness(wordsOf(a), wordsOf(b));

describe("the likeness of two questions", () => {
  it("is 1 for the same words in any order and form, and 0 for none in common", () => {
    expect(like("Hvad koster normeringerne?", "Hvad koster normering?")).toBe(1);
    expect(like("Skolerne mangler lærere", "Mangler skolen en lærer?")).toBe(1);
    expect(like("Hvad koster normeringer?", "Hvornår kommer sundhedsplejen?")).toBe(0);
  });

  it("does not go by the small words that every question has", () => {
    expect(like("Hvad er det, vi skal med det?", "Hvad skal vi med en sundhedsplejerske?")).toBe(0);
    expect(like("", "")).toBe(0);
  });

  it("tells composed and decomposed letters alike", () => {
    expect(like("Frav\u00e6r i dagtilbud på \u00c6r\u00f8", "FRAV\u00c6R i dagtilbud på \u00e6r\u00f8".normalize("NFD"))).toBe(1);
  });

  it("is the same both ways", () => {
    const [a, b] = ["Hvad med normeringerne i dagtilbud?", "Normeringer i dagtilbud og tilsyn"];
    expect(like(a, b)).toBe(like(b, a));
  });
});

describe("what is shown as alike", () => {
  const asked = [
    { id: "1", text: "Hvordan får vi sundhedsplejen med i overgangen til dagtilbud?" },
    { id: "2", text: "Hvad med normeringerne, når tilsynet skal styrkes?" },
    { id: "3", text: "Kan tilsynet styrkes uden bedre normeringer?" },
    { id: "4" },
  ];

  it("comes most alike first, and only what is alike enough", () => {
    expect(alike("Skal tilsynet styrkes, og hvad med normeringen?", asked).map(({ one }) => one.id)).toEqual(["2", "3"]);
    expect(alike("Hvem betaler for kaffen?", asked)).toEqual([]);
  });

  it("is never more than three", () => {
    const many = Array.from({ length: 9 }, (_, id) => ({ id, text: "Hvad koster tilsynet i dagtilbud?" }));
    expect(alike("Hvad koster tilsyn i dagtilbud?", many)).toHaveLength(3);
  });

  it("is nothing for a text of one word: that is no question yet", () => {
    expect(alike("Tilsynet?", [{ text: "Tilsynet?" }])).toEqual([]);
  });
});
