/** Gathers what a diagnosis is made of. A page with a player says so, so that the button in its bar can ask it. */

import { getContext, setContext } from "svelte";
import type { Player } from "../player/player.svelte";
import type { LineState } from "../realtime/line";
import type { PlayerSeen, Seen } from "./diagnosis";

const key = Symbol("player");
const errors: string[] = [];
const errors_kept = 6;

/** Remembers the last faults of the page from now on. */
export function followFaults(): void {
  addEventListener("error", ({ message }) => note(message));
  addEventListener("unhandledrejection", ({ reason }) => note(String(reason)));
}

function note(fault: string): void {
  errors.push(fault);
  if (errors.length > errors_kept) errors.shift();
}

export function providePlayer(player: Player): void {
  setContext(key, player);
}

export function usePlayer(): Player | null {
  return getContext<Player | undefined>(key) ?? null;
}

export function seenNow(line: LineState["name"], player: Player | null): Seen {
  return {
    path: location.pathname.startsWith("/enter/") ? "/enter" : location.pathname,
    agent: navigator.userAgent,
    window: [innerWidth, innerHeight],
    screen: [screen.width, screen.height],
    network: network(),
    line,
    player: player && playerSeen(player),
    errors,
  };
}

function playerSeen(player: Player): PlayerSeen {
  const { via, paused, waiting, needsTap, absent, muted, volume, behind_s, meters } = player;
  const showing = player.programme?.url.split("?", 1)[0] ?? "";
  return { showing, via, paused, waiting, needsTap, absent, muted, volume, behind_s, incidents: meters.incidents };
}

function network(): string {
  const { connection } = navigator as { connection?: { effectiveType?: string; downlink?: number; rtt?: number } };
  return connection ? `${connection.effectiveType ?? "?"}, ${connection.downlink ?? "?"} Mbit/s, ${connection.rtt ?? "?"} ms` : "";
}
