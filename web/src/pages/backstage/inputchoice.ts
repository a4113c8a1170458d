/** What choosing an input by hand leads to, told before it is done. */

import { isTooLate, type InputReport, type Source } from "./sources";

/** An input, or null: automatic. */
export type Pick = string | null;

export interface ChoiceEffect {
  name: "changes" | "stays" | "waits" | "tooLate" | "keeps" | "slate" | "holds" | "automatic" | "onAir" | "offAir";
  input: string;
}

export function choiceEffects({ report, isOnAir }: Source, pick: Pick): ChoiceEffect[] {
  const shown = report?.connected ? (report.input ?? null) : null;
  const inputs = report?.inputs ?? [];
  const wanted = pick ?? bestOf(inputs);
  const changes = wanted !== null && wanted !== shown;
  const found = inputs.find(({ name }) => name === wanted);
  if (changes && found && isTooLate(found)) {
    const instead = [{ name: "tooLate", input: wanted }, meanwhile(shown)] as const;
    return pick === null ? [...instead, { name: "automatic", input: "" }] : [...instead];
  }
  const ready = found?.state === "standby";
  return [
    ...whatHappens(wanted, shown, ready),
    { name: pick === null ? "automatic" : "holds", input: pick ?? "" },
    ...(changes ? [{ name: isOnAir ? "onAir" : "offAir", input: "" } as const] : []),
  ];
}

function whatHappens(wanted: string | null, shown: string | null, ready: boolean): ChoiceEffect[] {
  if (wanted === null) return [];
  if (wanted === shown) return [{ name: "stays", input: wanted }];
  if (ready) return [{ name: "changes", input: wanted }];
  return [{ name: "waits", input: wanted }, meanwhile(shown)];
}

function meanwhile(shown: string | null): ChoiceEffect {
  return shown === null ? { name: "slate", input: "" } : { name: "keeps", input: shown };
}

/** The first that delivers, in the order in which they are told: best first. */
function bestOf(inputs: InputReport[]): string | null {
  return inputs.find(({ state }) => state === "active" || state === "standby")?.name ?? null;
}
