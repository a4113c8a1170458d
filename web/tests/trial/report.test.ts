import { describe, expect, it } from "vitest";
import { letterTo, reportText, type Reported } from "../../src/pages/trial/report";

const report: Reported = {
  title: "Prøve",
  head: [
    ["Adresse", "https://kl.example"],
    ["Hvem", ""],
  ],
  findings: [{ mark: "OK", title: "Billede", said: "Det kører.", advice: "" }],
  needs: { title: "Netværket", lines: ["https"] },
  details: { title: "Målinger", lines: ["clip {}"] },
};

describe("the report", () => {
  it("is plain text, and what the person left empty is not there", () => {
    expect(reportText(report)).toBe(
      "Prøve\n=====\nAdresse: https://kl.example\n\n[OK] Billede: Det kører.\n\nNetværket\n- https\n\nMålinger\n  clip {}\n",
    );
  });

  it("becomes a letter that mail programs take whole", () => {
    const letter = letterTo("hjaelp@kl.example", "Prøve & mere", "a\n".repeat(2_000));
    expect(letter.startsWith("mailto:hjaelp@kl.example?subject=Pr%C3%B8ve%20%26%20mere&body=a%0D%0A")).toBe(true);
    expect(decodeURIComponent(letter).length).toBeLessThan(3_000);
  });
});
