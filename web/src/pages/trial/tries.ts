/** The tries themselves: each asks the server for something small, within a limit, and never throws. */

import { parseFrames } from "../../realtime/frames";
import type { Clocks, Download, Features, Socket, Stream } from "./findings";

const answer_within_ms = 8_000;
const clock_tries = 5;
const blocks = 8;
const measure_for_ms = 6_000;
const block_bytes = 1_048_576;

type Progress = (share: number) => void;

export function features(): Features {
  const video = document.createElement("video");
  const sources = window as unknown as { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource };
  const source = sources.MediaSource ?? sources.ManagedMediaSource;
  const can = (type: string): boolean => (source ? source.isTypeSupported(type) : video.canPlayType(type) !== "");
  return {
    mse: sources.MediaSource !== undefined,
    managed: sources.ManagedMediaSource !== undefined,
    native: video.canPlayType("application/vnd.apple.mpegurl") !== "",
    h264: can('video/mp4; codecs="avc1.64002A"'),
    aac: can('audio/mp4; codecs="mp4a.40.2"'),
  };
}

/** The best of several: the round trip that was delayed least says most about the clock. */
export async function clocks(progress: Progress): Promise<Clocks | null> {
  let best: Clocks | null = null;
  for (let number = 0; number < clock_tries; number += 1) {
    const began_ms = performance.now();
    const answer = await ask("/api/trial/clock");
    const round_trip_ms = performance.now() - began_ms;
    const wall = answer?.ok ? ((await answer.json()) as { wall: string }).wall : null;
    if (wall && (!best || round_trip_ms < best.round_trip_ms)) {
      best = { round_trip_ms, ahead_ms: Date.now() - round_trip_ms / 2 - Date.parse(wall) };
    }
    progress((number + 1) / clock_tries);
  }
  return best;
}

/** A stranger's socket opens and is closed politely; who is signed in is answered. */
export function socket(isSignedIn: boolean): Promise<Socket> {
  return new Promise((resolve) => {
    const line = new WebSocket(new URL("/rt", location.href.replace(/^http/, "ws")), "topmoede.v1");
    let opened = false;
    let asked_ms: number | null = null;
    const end = (round_trip_ms: number | null): void => {
      clearTimeout(timer);
      line.onclose = line.onmessage = null;
      line.close(1000);
      resolve({ opened, round_trip_ms });
    };
    const timer = setTimeout(() => end(null), answer_within_ms);
    line.onopen = () => {
      opened = true;
      if (isSignedIn) line.send(JSON.stringify({ op: "hello", v: 1, topics: [] }));
    };
    line.onmessage = ({ data }) => {
      for (const { op } of parseFrames(String(data))) {
        if (op === "pong" && asked_ms !== null) return end(performance.now() - asked_ms);
        if (op === "welcome") {
          asked_ms = performance.now();
          line.send(JSON.stringify({ op: "ping" }));
        }
      }
    };
    line.onclose = () => end(null);
  });
}

export function stream(): Promise<Stream> {
  return new Promise((resolve) => {
    const source = new EventSource("/api/trial/events");
    const came_ms: number[] = [];
    const end = (): void => {
      clearTimeout(timer);
      source.close();
      resolve({ events: came_ms.length, spread_ms: (came_ms.at(-1) ?? 0) - (came_ms[0] ?? 0) });
    };
    const timer = setTimeout(end, answer_within_ms);
    source.onmessage = () => {
      if (came_ms.push(performance.now()) === 5) end();
    };
    source.onerror = end;
  });
}

/** Blocks one after another, eight at most and six seconds at most; a slow line is not made to fetch them all. */
export async function download(progress: Progress): Promise<Download | null> {
  const began_ms = performance.now();
  const got: Download = { bytes: 0, ms: 0 };
  while (got.bytes < blocks * block_bytes && performance.now() - began_ms < measure_for_ms) {
    const before_ms = performance.now();
    const count = await block(measure_for_ms - (before_ms - began_ms), (bytes) => {
      progress(Math.max((got.bytes + bytes) / (blocks * block_bytes), (performance.now() - began_ms) / measure_for_ms));
    });
    if (count === null) break;
    got.bytes += count;
    got.ms += performance.now() - before_ms;
  }
  return got.bytes > 0 ? got : null;
}

/** The bytes that came within the time; null when there was no room to measure, or no answer at all. */
async function block(within_ms: number, came: (bytes: number) => void): Promise<number | null> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Math.max(500, within_ms));
  let bytes = 0;
  try {
    const answer = await fetch("/api/trial/bytes", { cache: "no-store", signal: stop.signal });
    if (!answer.ok || !answer.body) return null;
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return bytes;
      bytes += value.length;
      came(bytes);
    }
  } catch {
    return bytes > 0 ? bytes : null;
  } finally {
    clearTimeout(timer);
  }
}

async function ask(path: string): Promise<Response | null> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), answer_within_ms);
  try {
    return await fetch(path, { cache: "no-store", signal: stop.signal });
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
