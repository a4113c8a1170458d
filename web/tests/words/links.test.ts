import { describe, expect, it } from "vitest";
import { segmentsOf } from "../../src/words/links";

const links = (text: string) => segmentsOf(text).flatMap(({ href }) => href ?? []);

describe("addresses in a text", () => {
  it("are found without the sentence's punctuation", () => {
    expect(links("Se https://kl.dk/topmoede. Eller (http://aalborg.dk)?")).toEqual(["https://kl.dk/topmoede", "http://aalborg.dk/"]);
  });

  it("are http and https alone", () => {
    expect(links("javascript:alert(1) data:text/html,x ftp://a.dk www.kl.dk")).toEqual([]);
  });

  it("leave every letter of the text where it was", () => {
    const text = "Før https://kl.dk/a, og <b>efter</b> https://kl.dk/(b)";
    expect(segmentsOf(text).map((segment) => segment.text).join("")).toBe(text);
  });
});
