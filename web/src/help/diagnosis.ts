/** What the page knows of itself, put into words: shown to the person first, then sent with the call for help. */

import type { LineState } from "../realtime/line";
import type { Diagnosis } from "../state/helpdesk";
import type { Words } from "../words/da";

export interface PlayerSeen {
  /** The address that is shown, without what stands behind `?`. */
  showing: string;
  via: string;
  paused: boolean;
  waiting: boolean;
  needsTap: boolean;
  absent: number | null;
  muted: boolean;
  volume: number;
  behind_s: number | null;
  incidents: readonly { what: string; fatal: boolean }[];
}

export interface Seen {
  path: string;
  agent: string;
  window: readonly [number, number];
  screen: readonly [number, number];
  network: string;
  line: LineState["name"];
  player: PlayerSeen | null;
  errors: readonly string[];
}

const word_most = 300;
const errors_most = 900;
const errors_told = 6;

export function diagnosisOf(seen: Seen, { seen: words }: Words["help"]): Diagnosis {
  const { player } = seen;
  const said: Diagnosis = {
    page: seen.path,
    browser: seen.agent,
    screen: words.window(seen.window.join(" × "), seen.screen.join(" × ")),
    network: seen.network,
    line: words[seen.line],
    ...(player && {
      picture: [player.showing, player.via, stateOf(player, words)].filter(Boolean).join(" · "),
      sound: player.muted ? words.muted : words.volume(Math.round(player.volume * 100)),
      behind: player.behind_s === null ? "" : words.seconds(Math.round(player.behind_s)),
    }),
    errors: errorsOf(seen).join("\n"),
  };
  const kept = Object.entries(said).filter(([, value]) => value !== "");
  return Object.fromEntries(kept.map(([part, value]) => [part, value.slice(0, part === "errors" ? errors_most : word_most)]));
}

function stateOf(player: PlayerSeen, words: Words["help"]["seen"]): string {
  if (player.absent !== null) return words.absent(player.absent);
  if (player.needsTap) return words.tap;
  if (player.paused) return words.paused;
  return player.waiting ? words.waits : words.plays;
}

/** The last ones, oldest first, with what stands behind `?` in an address left out. */
function errorsOf({ errors, player }: Seen): string[] {
  const troubles = (player?.incidents ?? []).filter(({ what }) => !what.startsWith("open ")).map(({ what }) => what);
  return [...errors, ...troubles].slice(-errors_told).map((one) => one.replace(/\?\S*/g, "").slice(0, 140));
}
