import { describe, expect, it } from "vitest";
import { piecesOf } from "../../src/words/hidden";
import { segmentsOf } from "../../src/words/links";

const read = (text: string) => piecesOf(text).map((one) => (one.isHidden ? `[${one.text}]` : one.text)).join("");

describe("signs that nobody sees", () => {
  it.each([
    ["mini\u200Bster", "mini[U+200B]ster"],
    ["a\u202Egnp.exe", "a[U+202E]gnp.exe"],
    ["\u2066a\u2069", "[U+2066]a[U+2069]"],
    ["soft\u00ADhyphen\uFEFF", "soft[U+00AD]hyphen[U+FEFF]"],
    ["a\u200Db", "a[U+200D]b"],
    ["x\u{E0041}", "x[U+E0041]"],
  ])("are shown by their number in %j", (text, shown) => {
    expect(read(text)).toBe(shown);
  });

  it.each(["Blåbærgrød", "👩‍🏫 og 👨‍👩‍👧", "❤️‍🔥", "👩🏽‍🚀", "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", "שלום", "مرحبا", ""])("leave %j as it is", (text) => {
    expect(piecesOf(text).every((one) => !one.isHidden)).toBe(true);
    expect(read(text)).toBe(text);
  });
});

describe("hosts that are written with other letters than they seem", () => {
  it("are told as the net knows them", () => {
    expect(segmentsOf("https://аpple.com/x").at(0)?.host).toBe("xn--pple-43d.com");
    expect(segmentsOf("https://kl.dk@ond.example").at(0)?.host).toBe("ond.example");
    expect(segmentsOf("https://kl.dk").at(0)?.host).toBeUndefined();
  });
});
