/** Which input of a source people have chosen by hand; a source that is not here is automatic. */

import type { Data, EventFrame } from "../realtime/frames";

export interface Choice {
  input: string;
  since: string;
}

export interface Inputs {
  chosen: Record<string, Choice>;
}

type Apply = (inputs: Inputs, data: Data, at: string) => Inputs;

const applied: Record<string, Apply> = {
  input_chosen: ({ chosen }, { source, input }, at) => ({ chosen: { ...chosen, [String(source)]: { input: String(input), since: at } } }),
  input_released: ({ chosen }, { source }) => ({
    chosen: Object.fromEntries(Object.entries(chosen).filter(([id]) => id !== source)),
  }),
};

export function evolveInputs(inputs: Inputs, { name, data, at }: EventFrame): Inputs {
  return applied[name]?.(inputs, data, at) ?? inputs;
}
