/** Danish ways of writing dates, clocks, numbers and names; English beside. All hours are the edition's own zone. */

export type Language = "da" | "en";

export const edition_zone = "Europe/Copenhagen";

type Fields = Record<string, string>;

function fields(at: string | number | Date, options: Intl.DateTimeFormatOptions, language: Language): Fields {
  const format = new Intl.DateTimeFormat(language === "da" ? "da-DK" : "en-GB", { timeZone: edition_zone, ...options });
  return Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
}

/** 09.15 */
export function clock(at: string | number | Date): string {
  const { hour = "", minute = "" } = fields(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, "da");
  return `${hour}.${minute}`;
}

/** 09.15.07 */
export function clockWithSeconds(at: string | number | Date): string {
  const { hour, minute, second } = fields(
    at,
    { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    "da",
  );
  return `${hour}.${minute}.${second}`;
}

/** 09.15–09.30; 09.15 for what takes less than a minute. */
export function span(from: string, to: string): string {
  const [begins, ends] = [clock(from), clock(to)];
  return begins === ends ? begins : `${begins}–${ends}`;
}

/** 28.01.2021 */
export function shortDate(at: string | number | Date): string {
  const { day, month, year } = fields(at, { day: "2-digit", month: "2-digit", year: "numeric" }, "da");
  return `${day}.${month}.${year}`;
}

/** torsdag den 28. januar 2021 */
export function longDate(at: string | number | Date, language: Language): string {
  const f = fields(at, { weekday: "long", day: "numeric", month: "long", year: "numeric" }, language);
  return language === "da"
    ? `${f.weekday} den ${f.day}. ${f.month} ${f.year}`
    : `${f.weekday} ${f.day} ${f.month} ${f.year}`;
}

/** 0,4 in Danish, 0.4 in English. */
export function tenths(value: number, language: Language): string {
  const text = value.toFixed(1);
  return language === "da" ? text.replace(".", ",") : text;
}

/** 2,4 MB or 340 kB: how large a file is. */
export function fileSize(bytes: number, language: Language): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  return `${tenths(bytes / 1_000_000, language)} MB`;
}

/** 12.34 or 1.02.03: what is left, in tabular figures. Never negative. */
export function left(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, "0")}.${String(seconds).padStart(2, "0")}`;
  return hours > 0 ? `${hours}.${tail}` : tail;
}

/** +2.05 or −0.40: over and under as one signed number of minutes and seconds. */
export function signed(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const text = `${Math.floor(seconds / 60)}.${String(seconds % 60).padStart(2, "0")}`;
  if (seconds === 0) return text;
  return `${ms > 0 ? "+" : "−"}${text}`;
}

/** 1.234,5 */
export function number(value: number, language: Language): string {
  return new Intl.NumberFormat(language === "da" ? "da-DK" : "en-GB").format(value);
}

const collator = new Intl.Collator("da-DK", { numeric: true });

/** Danish order of names: æ ø å last, and Aa as Å. Browsers without Danish tables get the same from the key. */
export function byName(a: string, b: string): number {
  return collator.compare(nameKey(a), nameKey(b));
}

function nameKey(name: string): string {
  return name.normalize("NFC").replace(/Aa/g, "Å").replace(/aa/g, "å");
}

/** 40 %; of nothing it is none. */
export function percent(part: number, whole: number): string {
  return `${whole > 0 ? Math.round((100 * part) / whole) : 0}\u00A0%`;
}
