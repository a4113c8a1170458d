/**
 * Which questions may ask the same: a plain likeness of words, by which a person is only ever *shown* something.
 *
 * A text becomes the set of its words that carry meaning: lower case, without the small words of Danish and English,
 * cut down to a stem, because Danish bends at the end ("skole", "skolen", "skolerne"). The likeness of two sets is
 * Dice's coefficient, 2·|both| / (|a| + |b|): 0 is nothing in common, 1 the same words. Nothing is learned, weighed
 * by others' texts or sent anywhere, so the same two texts are always as like as they were.
 */

const from = 0.5;
const most = 3;
const least_words = 2;

const small = new Set(
  (
    "af alle alt altså and andre are at be blev blive bliver can da de dem den denne der deres det dette dig din disse do does du efter " +
    "eller en end er et for fordi fra få får gør ham han har have hej hende her hos how hun hvad hvem hver hvilke hvilken hvis hvor hvordan " +
    "hvorfor hvornår i if ikke in ind is it jeg jer jeres kan kl kommer kunne man med meget men mere mig mit må ned nogen noget nogle nok nu " +
    "når of og også om on op or os over på samt sig sin skal skulle som så the their there they this til to ud under us var ved vi vil ville " +
    "vores være været we what when which who why will with you your"
  ).split(" "),
);

const endings = ["ernes", "erne", "enes", "eren", "ene", "ens", "ers", "ets", "est", "er", "en", "et", "es", "e", "s"];

export interface Like<T> {
  one: T;
  likeness: number;
}

export function wordsOf(text: string): Set<string> {
  const words = text.normalize("NFC").toLocaleLowerCase("da").match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !small.has(word)).map(stemOf));
}

/** A stem keeps four letters at least: "skole" and "skoler" meet, "ben" stays what it is. */
function stemOf(word: string): string {
  const ending = endings.find((one) => word.endsWith(one) && word.length - one.length >= 4);
  return ending ? word.slice(0, -ending.length) : word;
}

export function likeness(a: Set<string>, b: Set<string>): number {
  const both = [...a].filter((word) => b.has(word)).length;
  return a.size + b.size === 0 ? 0 : (2 * both) / (a.size + b.size);
}

/** Those of `others` that are like enough to be shown, most alike first. A text of one word is like nothing. */
export function alike<T extends { text?: string }>(text: string, others: readonly T[]): Like<T>[] {
  const words = wordsOf(text);
  if (words.size < least_words) return [];
  return others
    .map((one) => ({ one, likeness: likeness(words, wordsOf(one.text ?? "")) }))
    .filter((like) => like.likeness >= from)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, most);
}
