/** Captions on their way in: taken whole, or refused with every fault by its line. */

import { Refused, refusalOf } from "./tusupload";

export interface CaptionFault {
  line: number;
  expected: string;
  came: string;
}

export async function putCaptions(film: string, language: string, file: File): Promise<void> {
  await ask(film, language, { method: "PUT", body: file });
}

export async function removeCaptions(film: string, language: string): Promise<void> {
  await ask(film, language, { method: "DELETE" });
}

async function ask(film: string, language: string, init: RequestInit): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`/api/films/${encodeURIComponent(film)}/captions/${language}`, init);
  } catch {
    throw new Refused({ code: "no_line", facts: {} });
  }
  if (!answer.ok) throw await refusalOf(answer);
}

export function faultsOf(facts: Record<string, unknown>): CaptionFault[] {
  return Array.isArray(facts.faults) ? (facts.faults as CaptionFault[]) : [];
}
