/** What each municipality will watch where it may choose: by municipality, then by slot. */

import type { EventFrame } from "../realtime/frames";

export interface Choice {
  items: string[];
  by: string;
  /** Made after the slot had begun. */
  notice: boolean;
}

export interface Choices {
  choices: Record<string, Record<string, Choice>>;
}

export function evolveChoices(state: Choices, { name, data }: EventFrame): Choices {
  if (name !== "chosen") return state;
  const { municipality, slot, ...choice } = data as unknown as Choice & { municipality: string; slot: string };
  const slots = { ...state.choices[municipality], [slot]: choice };
  return { ...state, choices: { ...state.choices, [municipality]: slots } };
}

export function chosenIn(state: Choices | null, municipality: string | null, slot: string): string[] {
  return (municipality === null ? undefined : state?.choices[municipality]?.[slot]?.items) ?? [];
}
