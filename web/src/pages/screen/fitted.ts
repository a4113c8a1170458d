/**
 * Words as large as their box allows: the largest size at which nothing runs over, between two bounds.
 *
 * Whether a size fits is asked of the box itself, by halving, so any font and any language comes out right. The text
 * is set anew when it changes and when the box does.
 */

import type { Attachment } from "svelte/attachments";

export interface Bounds {
  least_px: number;
  most_px: number;
}

/** The largest whole size that fits; `least_px` when none does. */
export function largestFitting({ least_px, most_px }: Bounds, fits: (size_px: number) => boolean): number {
  let [low, high] = [Math.floor(least_px), Math.floor(most_px)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @param bounds of the letters, by the height of the box. */
export function fitted(bounds: (height_px: number) => Bounds): Attachment<HTMLElement> {
  return (box) => {
    const fits = (size_px: number): boolean => {
      box.style.fontSize = `${size_px}px`;
      return box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth;
    };
    // A word stays whole as long as it can; only what does not fit at the least size is broken anywhere.
    const fit = (): void => {
      box.style.overflowWrap = "normal";
      const size_px = largestFitting(bounds(box.clientHeight), fits);
      if (!fits(size_px)) box.style.overflowWrap = "anywhere";
    };
    const resized = new ResizeObserver(fit);
    const rewritten = new MutationObserver(fit);
    resized.observe(box);
    rewritten.observe(box, { childList: true, characterData: true, subtree: true });
    return () => {
      resized.disconnect();
      rewritten.disconnect();
    };
  };
}
