/** A list that stays at its end while one reads its end, and stays put while one reads further up. */


const near_px = 60;

export function followEnd(list: HTMLElement, told: (isAtEnd: boolean) => void): () => void {
  let atEnd = true;
  const toEnd = () => {
    if (atEnd) list.scrollTop = list.scrollHeight;
  };
  const scrolled = () => {
    const now = list.scrollHeight - list.scrollTop - list.clientHeight < near_px;
    if (now !== atEnd) told((atEnd = now));
  };
  const grown = new MutationObserver(toEnd);
  const sized = new ResizeObserver(toEnd);
  grown.observe(list, { childList: true, subtree: true, characterData: true });
  sized.observe(list);
  list.addEventListener("scroll", scrolled, { passive: true });
  toEnd();
  return () => {
    grown.disconnect();
    sized.disconnect();
    list.removeEventListener("scroll", scrolled);
  };
}
