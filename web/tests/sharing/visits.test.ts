import { expect, test } from "vitest";
import { byInstitution, lastDays, total } from "../../src/pages/sharing/visits";
import type { Institution, Share } from "../../src/state/shares";

const share = (institution: Institution, visits: Record<string, number>): Share => ({ institution, visits }) as Share;
const school = share("school", { "2021-01-28": 3, "2021-02-01": 4, "2021-01-30": 1 });

test("visits are added up", () => expect(total(school)).toBe(8));
test("days are told newest first, so many of them", () => expect(lastDays(school, 2)).toEqual([["2021-02-01", 4], ["2021-01-30", 1]]));
test("kinds of institutions are added up over all links, the most visited first, none that nobody visited", () =>
  expect(byInstitution([school, share("day_care", { "2021-01-28": 9 }), share("school", {}), share("other", {})])).toEqual([
    ["day_care", 9],
    ["school", 8],
  ]));
