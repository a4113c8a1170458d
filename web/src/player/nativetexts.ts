/**
 * The texts that a browser draws itself, where it plays a replay's playlist itself (Safari): it finds the captions named
 * there, and may choose one by what its owner has asked of the whole machine.
 *
 * On our page we draw captions, so it must not: they would stand there twice. Where our page is not seen (the whole
 * screen of an iPhone, a small window, a television) the browser is asked to draw what the person reads here; what
 * they choose there by its own menu counts from then on.
 */

interface AppleVideo extends HTMLVideoElement {
  webkitDisplayingFullscreen?: boolean;
  webkitPresentationMode?: string;
  webkitCurrentPlaybackTargetIsWireless?: boolean;
}

const elsewhere_events = [
  "webkitbeginfullscreen",
  "webkitendfullscreen",
  "webkitpresentationmodechanged",
  "webkitcurrentplaybacktargetiswirelesschanged",
] as const;

/**
 * @param wanted the language that somebody reads, null for none.
 * @returns how to leave it.
 */
export function keepNativeTexts(video: AppleVideo, wanted: () => string | null): () => void {
  const tracks = video.textTracks as TextTrackList | undefined;
  if (!tracks) return () => undefined;
  const choose = (): void => show(tracks, isElsewhere(video) ? wanted() : null);
  const onPage = (): void => {
    if (!isElsewhere(video)) show(tracks, null);
  };
  const stop = new AbortController();
  const { signal } = stop;
  for (const name of elsewhere_events) video.addEventListener(name, choose, { signal });
  for (const name of ["addtrack", "change"] as const) tracks.addEventListener(name, onPage, { signal });
  return () => stop.abort();
}

function isElsewhere(video: AppleVideo): boolean {
  const mode = video.webkitPresentationMode ?? "inline";
  return video.webkitDisplayingFullscreen === true || mode !== "inline" || video.webkitCurrentPlaybackTargetIsWireless === true;
}

/** One text of a language, or none; what is there for machines alone is left as it is. */
function show(tracks: TextTrackList, language: string | null): void {
  const texts = Array.from(tracks).filter(({ kind }) => kind === "subtitles" || kind === "captions");
  const shown = language === null ? undefined : texts.find((track) => track.language.split("-")[0] === language);
  for (const track of texts) {
    const mode = track === shown ? "showing" : "disabled";
    if (track.mode !== mode) track.mode = mode;
  }
}
