/** What a share link opens, as the server tells whoever holds it. What is wrong with a link is told as one thing. */

import type { Document } from "../../state/documents";
import type { PersonInItem } from "../../state/show";
import type { Institution } from "../../state/shares";

export interface SharedItem {
  item: string;
  title: string;
  description?: string;
  people: PersonInItem[];
  questions: string[];
  captions: string[];
  /** Of what is open: another one whenever their text is another. */
  captions_version?: string;
  state: "open" | "locked";
  reason?: "later" | "by_hand" | "closed" | "captions" | "captions_overdue";
  opens_at?: string;
  /** It may be had as a file, for a line that carries no picture. */
  download?: true;
  documents?: Document[];
}

export interface Head {
  title: string;
  municipality: string;
  institution: Institution;
  until: string;
}

export interface SharedLink extends Head {
  pass: string;
  items: SharedItem[];
  /** The show's own time when this was told. */
  now: string;
}

export type Found =
  | { name: "opened"; link: SharedLink }
  | { name: "needs_code"; head: Head }
  | { name: "gone" }
  | { name: "unreachable" };

export type Entered = Found | { name: "wrong_code" } | { name: "too_fast"; wait_s: number };

interface Told extends SharedLink {
  needs_code?: true;
  code?: string;
  retry_ms?: number;
}

/** With a pass it is asked whether the link still holds; without one it is a visit. */
export function look(token: string, pass: string | null): Promise<Found> {
  return ask(`${address(token)}${withPass(pass)}`);
}

export async function enter(token: string, code: string): Promise<Entered> {
  let answer: Response;
  try {
    answer = await fetch(address(token), { method: "POST", body: JSON.stringify({ code }) });
  } catch {
    return { name: "unreachable" };
  }
  if (answer.status === 403) return { name: "wrong_code" };
  if (answer.status === 429) return { name: "too_fast", wait_s: Number(answer.headers.get("retry-after") ?? 10) };
  return read(answer);
}

async function ask(url: string): Promise<Found> {
  try {
    return await read(await fetch(url, { cache: "no-store" }));
  } catch {
    return { name: "unreachable" };
  }
}

async function read(answer: Response): Promise<Found> {
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return { name: "unreachable" };
  if (!answer.ok) return { name: "gone" };
  const told = (await answer.json()) as Told;
  return told.needs_code ? { name: "needs_code", head: told } : { name: "opened", link: told };
}

function address(token: string): string {
  return `/api/shared/${encodeURIComponent(token)}`;
}

export function withPass(pass: string | null): string {
  return pass === null ? "" : `?pass=${encodeURIComponent(pass)}`;
}

export function qrOf(token: string): string {
  return `${address(token)}/qr.svg`;
}

/** What can be seen comes first; else as the programme has it. */
export function inOrder(items: readonly SharedItem[]): SharedItem[] {
  return [...items.filter(({ state }) => state === "open"), ...items.filter(({ state }) => state !== "open")];
}

/** Why a link that was open opens nothing any more: its time is over, or its municipality ended it. */
export function whyOver(link: SharedLink, since_ms: number): "ended" | "closed" {
  return Date.parse(link.now) + since_ms >= Date.parse(link.until) ? "ended" : "closed";
}

/** How long until something on the page opens; null: nothing that is known of. */
export function nextOpening_ms(link: SharedLink): number | null {
  const waits = link.items.flatMap(({ opens_at }) => (opens_at ? [Date.parse(opens_at) - Date.parse(link.now)] : [])).filter((ms) => ms > 0);
  return waits.length > 0 ? Math.min(...waits) : null;
}
