/** How much a line is asked to carry: whatever it can, a small picture, or the sound alone. It is remembered. */

export const qualities = ["auto", "low", "sound"] as const;
export type Quality = (typeof qualities)[number];

const key = "topmoede.quality";

export function rememberedQuality(): Quality {
  const kept = localStorage.getItem(key);
  return qualities.find((each) => each === kept) ?? "auto";
}

export function rememberQuality(quality: Quality): void {
  localStorage.setItem(key, quality);
}

/** The address of a live channel's sound without its picture. */
export function soundOf(url: string): string {
  return url.replace(/\/index\.m3u8(?=$|\?)/, "/sound.m3u8");
}
