/** Keeps a phone's screen from going dark while a picture plays; the browser takes it back when the page is hidden. */

export class ScreenAwake {
  private lock: WakeLockSentinel | null = null;
  private wanted = false;

  want(wanted: boolean): void {
    this.wanted = wanted;
    if (wanted) void this.take();
    else this.give();
  }

  private async take(): Promise<void> {
    if (this.lock || !("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", () => (this.lock = null));
      this.lock = lock;
      if (!this.wanted) this.give();
    } catch {
      // Low battery, or not allowed: the picture plays all the same.
      this.lock = null;
    }
  }

  private give(): void {
    void this.lock?.release();
    this.lock = null;
  }
}
