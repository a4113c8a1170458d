import { describe, expect, it } from "vitest";
import { inOrder, type HelpRequest } from "../../src/state/helpdesk";

const anna = { id: "anna", name: "Anna" };

function request(id: string, minute: number, rest: Partial<HelpRequest> = {}): HelpRequest {
  const at = `2021-01-28T13:${minute}:00Z`;
  return { id, seq: minute, at, asker: anna, what: "no_sound", diagnosis: {}, status: "waiting", need: at, lines: [], ...rest };
}

function answered({ need: _, ...rest }: HelpRequest): HelpRequest {
  return { ...rest, status: "taken" };
}

describe("the order of the queue", () => {
  it("has the newest need first, then what waits for the asker, then what is settled", () => {
    const settled: HelpRequest = { ...answered(request("e", 50)), status: "settled", settled: { by: anna, at: "2021-01-28T13:55:00Z" } };
    const requests = [
      settled,
      answered(request("d", 40)),
      request("a", 10),
      request("b", 20),
      request("c", 11, { need: "2021-01-28T13:30:00Z" }),
    ];
    expect(inOrder({ requests }).map(({ id }) => id)).toEqual(["c", "b", "a", "d", "e"]);
    expect(requests[0]).toBe(settled);
  });
});
