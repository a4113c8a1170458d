/** The height that is really there: a keyboard on glass covers the page without telling the stylesheet. */

export function followViewport(): () => void {
  const viewport = window.visualViewport;
  if (!viewport) return () => undefined;
  const tell = () => {
    document.documentElement.style.setProperty("--page-height", `${Math.round(viewport.height)}px`);
    // A focused field may have been scrolled into a page that now has another height.
    window.scrollTo(0, 0);
  };
  viewport.addEventListener("resize", tell);
  return () => viewport.removeEventListener("resize", tell);
}
