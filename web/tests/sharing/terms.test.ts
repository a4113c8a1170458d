import { expect, test } from "vitest";
import { endOf, lastDayOf, schoolYearEnd } from "../../src/pages/sharing/terms";

test.each([
  ["2021-07-31", "2021-07-31T22:00:00.000Z"],
  ["2021-01-28", "2021-01-28T23:00:00.000Z"],
  ["2021-03-27", "2021-03-27T23:00:00.000Z"],
  ["2021-03-28", "2021-03-28T22:00:00.000Z"],
  ["2021-10-31", "2021-10-31T23:00:00.000Z"],
])("%s ends in the edition's own zone, also where the clocks are turned", (day, end) => {
  expect(endOf(day)).toBe(end);
  expect(lastDayOf(end)).toBe(day);
});

test("what is no day has no end", () => expect(endOf("")).toBeNull());

test("a link lasts for the school year, and for the next one where this is nearly over", () => {
  expect(schoolYearEnd(Date.parse("2021-01-28T10:00:00Z"))).toBe("2021-07-31");
  expect(schoolYearEnd(Date.parse("2021-05-10T10:00:00Z"))).toBe("2022-07-31");
  expect(schoolYearEnd(Date.parse("2021-09-01T10:00:00Z"))).toBe("2022-07-31");
});
