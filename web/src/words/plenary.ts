/** Words of the hall: who is here, and how it cheers. */

export const plenaryDa = {
  title: "Salen",
  cheer: { applause: "Klap", heart: "Send et hjerte", thumb: "Tommel op" },
  here: (n: number) => (n === 1 ? "1 er med" : n < 10 ? `${n} er med` : `ca. ${n} er med`),
  fromYours: (n: number, municipality: string) => `${n} fra ${municipality}`,
};

export const plenaryEn: typeof plenaryDa = {
  title: "The hall",
  cheer: { applause: "Applaud", heart: "Send a heart", thumb: "Thumbs up" },
  here: (n) => (n === 1 ? "1 is here" : n < 10 ? `${n} are here` : `about ${n} are here`),
  fromYours: (n, municipality) => `${n} from ${municipality}`,
};
