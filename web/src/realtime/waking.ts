/** Tells a line when its page falls asleep, wakes, or gets its network back. */

export interface Sleeper {
  wake(): void;
  rest(): void;
}

export function followWaking(sleeper: Sleeper): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const looked = () => {
    if (document.visibilityState === "visible") sleeper.wake();
  };
  document.addEventListener("visibilitychange", looked, { signal });
  window.addEventListener("pageshow", () => sleeper.wake(), { signal });
  window.addEventListener("online", () => sleeper.wake(), { signal });
  window.addEventListener("pagehide", () => sleeper.rest(), { signal });
  return () => stop.abort();
}
