/**
 * Where a camera sends, and the key that lets it: from a link such as `/camera?source=kl-huset#key=…`.
 *
 * A key never stands in a query, because queries are written down by servers. It is taken out of the address as soon
 * as it is read, so that nobody reads it off a shared screen, and kept for a reload in this tab alone.
 */

export interface CameraLink {
  source: string;
  key: string;
}

export interface KeyStore {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

export function cameraLink(source: string | null, hash: string, kept: KeyStore): CameraLink {
  const from = source ?? "";
  const given = new URLSearchParams(hash.replace(/^#/, "")).get("key")?.trim() ?? "";
  if (given) kept.setItem(nameOf(from), given);
  return { source: from, key: given || (kept.getItem(nameOf(from)) ?? "") };
}

export function keepKey({ source, key }: CameraLink, kept: KeyStore): void {
  kept.setItem(nameOf(source), key);
}

function nameOf(source: string): string {
  return `topmoede.camera.${source}`;
}

export function endpointOf({ source }: CameraLink): string {
  return `/whip/${encodeURIComponent(source)}`;
}
