/** Text as people wrote it, with its http and https addresses found. Nothing here becomes markup. */

export interface Segment {
  text: string;
  href: string | null;
  /** The host as the net knows it, where it is written with other letters than it seems. */
  host?: string;
}

const address = /https?:\/\/[^\s<>"]+/gi;

export function segmentsOf(text: string): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(address)) {
    const found = trimmed(match[0]);
    const href = safe(found);
    if (href === null) continue;
    if (match.index > from) segments.push({ text: text.slice(from, match.index), href: null });
    segments.push({ text: found, href, ...looks(href) });
    from = match.index + found.length;
  }
  if (from < text.length) segments.push({ text: text.slice(from), href: null });
  return segments;
}

/** A sentence's own punctuation is not part of the address, nor is a bracket that was opened before it. */
function trimmed(found: string): string {
  let end = found.length;
  while (end > 0 && (/[.,;:!?'»]/.test(found.charAt(end - 1)) || (found.charAt(end - 1) === ")" && !found.slice(0, end).includes("(")))) {
    end -= 1;
  }
  return found.slice(0, end);
}

/** Letters of other alphabets look like ours: what is behind them is told. */
function looks(href: string): { host?: string } {
  const { host, username } = new URL(href);
  return host.includes("xn--") || username !== "" ? { host } : {};
}

function safe(found: string): string | null {
  try {
    const { href, protocol, host } = new URL(found);
    return host !== "" && (protocol === "http:" || protocol === "https:") ? href : null;
  } catch {
    return null;
  }
}
