/** Printing one part of a page: for that moment it alone is on paper (see `base.css`). */

export function askedToPrint(part: HTMLElement): void {
  part.classList.add("to-paper");
  addEventListener("afterprint", () => part.classList.remove("to-paper"), { once: true });
  print();
}
