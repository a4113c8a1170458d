import { describe, expect, it } from "vitest";
import { among, slugOf } from "../../src/pages/watch/room/finding";
import { begunAt, namedIn, pieces, written } from "../../src/pages/watch/room/mentioning";

const bo = { id: "bo", name: "Bo Friis" };
const boPeter = { id: "bp", name: "Bo Friis Petersen" };

const begun = (text: string) => begunAt(text, text.length);

describe("a name behind an @", () => {
  it("is begun where a word begins", () => {
    expect(begun("@")).toEqual({ at: 0, name: "" });
    expect(begun("Hej @bo")).toEqual({ at: 4, name: "bo" });
    expect(begun("Hej @Bo Fr")).toEqual({ at: 4, name: "Bo Fr" });
    expect(begun("(@Åse")).toEqual({ at: 1, name: "Åse" });
    expect(begun("linje\n@Bo")).toEqual({ at: 6, name: "Bo" });
  });

  it("is not an address, nor what lies far behind the pen", () => {
    for (const text of ["skriv til bo@friis", "Hej @Bo Friis, hvad", "@Bo Friis Petersen Dam", "@bo\n", "@1", "a@b"]) {
      expect(begun(text)).toBeNull();
    }
  });

  it("is written out where the pen stands", () => {
    expect(written("Hej @bo og", 7, { at: 4, name: "bo" }, bo)).toEqual({ text: "Hej @Bo Friis og", caret: 14 });
  });

  it("names those who are still in the text when it is sent", () => {
    expect(namedIn("Hej @Bo Friis", [bo, bo, { id: "x", name: "Anna" }])).toEqual(["bo"]);
    expect(namedIn("Hej", [bo])).toEqual([]);
  });

  it("stands out in the text, the longest name first", () => {
    expect(pieces("Hej @Bo Friis Petersen og @Anna!", [bo.name, boPeter.name], "Anna")).toEqual([
      { text: "Hej " },
      { text: "@Bo Friis Petersen", named: "other" },
      { text: " og " },
      { text: "@Anna", named: "mine" },
      { text: "!" },
    ]);
    expect(pieces("intet", [], "Anna")).toEqual([{ text: "intet" }]);
  });
});

describe("finding people", () => {
  it("goes by the beginning of any part of a name, in Danish order", () => {
    const people = ["Åse Dam", "Bo Åskov", "Anna Bo", "Ebbo"].map((name) => ({ id: name, name }));
    expect(among(people, "bo").map((one) => one.name)).toEqual(["Anna Bo", "Bo Åskov"]);
    expect(among(people, "å").map((one) => one.name)).toEqual(["Bo Åskov", "Åse Dam"]);
  });

  it("gives a title a name that can stand in a topic", () => {
    expect(slugOf("Børne- og Ungeudvalget")).toBe("boerne-og-ungeudvalget");
    expect(slugOf(" Årets café! ")).toBe("aarets-cafe");
    expect(slugOf("ø".repeat(60))).toHaveLength(40);
    expect(slugOf("…")).toBe("");
  });
});
