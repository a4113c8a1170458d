/** A list that goes along with the picture until somebody touches it, and again when they ask. */

const touches = ["wheel", "touchmove", "pointerdown", "keydown"] as const;
const moving_keys = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "Tab"]);

export class Following {
  on = $state(true);

  /** Attached to the list: what a person does to it stops it. */
  readonly pausedByTouch = (list: HTMLElement): (() => void) => {
    const stop = (event: Event): void => {
      if (event instanceof KeyboardEvent && !moving_keys.has(event.key)) return;
      this.on = false;
    };
    for (const name of touches) list.addEventListener(name, stop, { passive: true });
    return () => touches.forEach((name) => list.removeEventListener(name, stop));
  };

  /** Brings a line to a third of the list's height; the page itself does not move. */
  show(list: HTMLElement | null, index: number): void {
    const line = list?.querySelectorAll("li")[index];
    if (!this.on || !list || !line) return;
    const top_px = line.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop;
    list.scrollTo({ top: top_px - list.clientHeight / 3, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  again(list: HTMLElement | null, index: number): void {
    this.on = true;
    this.show(list, index);
  }
}
