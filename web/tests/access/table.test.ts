import { describe, expect, it } from "vitest";
import { emptyLine, grantsFrom, linesOf } from "../../src/pages/access/draft";
import { broaderOf, comingOf, nextMoment_ms, standOf, type Row, type ToldGrant } from "../../src/pages/access/table";
import { localOf, momentOf } from "../../src/words/zonetime";

const noon = Date.parse("2021-01-28T12:00:00Z");

function aRow(grants: Partial<ToldGrant>[], fields: Partial<Row> = {}): Row {
  const whole = grants.map((one) => ({ audience: "registered", when: "cue", open: false, ...one }) as ToldGrant);
  return { item: "a", grants: whole, captions: ["da"], waived: false, ...fields };
}

describe("a cell of the table", () => {
  it.each([
    [{ open: true }, {}, "open"],
    [{ open: true }, { missing: "captions" }, "shut"],
    [{ open: false, until: "2021-01-28T11:00:00Z" }, {}, "over"],
    [{ when: "time", opens_at: "2021-01-29T12:00:00Z" }, {}, "at"],
    [{ opens_at: "2021-01-28T13:00:00Z" }, {}, "with"],
    [{ when: "hand" }, {}, "hand"],
    [{}, {}, "never"],
  ] as [Partial<ToldGrant>, Partial<Row>, string][])("%j of %j stands %s", (grant, fields, stand) => {
    const row = aRow([grant], fields);
    expect(row.grants.map((one) => standOf(row, one, noon))).toEqual([stand]);
  });

  it("says through whom an item is open to an audience that no grant names", () => {
    const row = aRow([{ open: true }]);
    expect(broaderOf(row, "attendees", noon)).toBe("registered");
    expect(broaderOf(row, "link", noon)).toBeNull();
    expect(broaderOf(aRow([{ audience: "everybody", open: true }]), "link", noon)).toBe("everybody");
  });

  it("says through whom it will be open, where it is not yet", () => {
    const row = aRow([{ opens_at: "2021-01-28T13:00:00Z" }]);
    expect(comingOf(row, "attendees", noon)).toBe("registered");
    expect(comingOf(row, "link", noon)).toBeNull();
    expect(comingOf(aRow([{ when: "hand" }]), "attendees", noon)).toBeNull();
  });

  it("knows the next moment at which it changes by itself", () => {
    const table = { now: "", items: [aRow([{ opens_at: "2021-01-28T13:00:00Z", until: "2021-02-01T00:00:00Z" }, { opens_at: "2021-01-28T09:00:00Z" }])] };
    expect(nextMoment_ms(table, noon)).toBe(Date.parse("2021-01-28T13:00:00Z"));
    expect(nextMoment_ms({ now: "", items: [] }, noon)).toBeNull();
  });
});

describe("a plan that is edited", () => {
  it("comes to the grants that it was made of", () => {
    const grants = [
      { audience: "attendees" as const, when: "cue" as const },
      { audience: "registered" as const, when: "cue" as const, item: "z" },
      { audience: "municipality" as const, when: "time" as const, municipality: "aalborg", at: "2021-01-28T13:00:00.000Z", until: "2021-02-01T13:00:00.000Z" },
      { audience: "link" as const, when: "hand" as const, opened: "2021-01-28T10:00:00Z" },
    ];
    expect(grantsFrom(linesOf(grants))).toEqual(grants);
  });

  it("lacks something while a time, an item or a municipality is missing", () => {
    const line = emptyLine("registered");
    expect(grantsFrom([line])).toEqual([]);
    expect(grantsFrom([{ ...line, when: "time" }])).toBeNull();
    expect(grantsFrom([{ ...line, when: "item" }])).toBeNull();
    expect(grantsFrom([emptyLine("municipality")])).toBeNull();
  });
});

describe("a moment in the edition's zone", () => {
  it.each([
    ["2021-01-28T13:30:00.000Z", "2021-01-28T14:30"],
    ["2021-06-28T12:30:00.000Z", "2021-06-28T14:30"],
    ["2021-10-31T00:30:00.000Z", "2021-10-31T02:30"],
  ])("%s is written %s", (moment, local) => {
    expect(localOf(moment)).toBe(local);
    expect(momentOf(local)).toBe(moment);
  });

  it("is none where nothing is written, or an hour that does not occur", () => {
    expect(momentOf("")).toBeNull();
    expect(momentOf("i morgen")).toBeNull();
    expect(momentOf("2021-03-28T02:30")).toBeNull();
  });
});
