/** Words of an item's documents as the secretariat keeps them, in both languages. */

export const documentsDa = {
  title: "Dokumenter",
  lead: "Slides, ark til drøftelsen og andet til at tage med. De ses, når punktet er åbent, af dem, det er åbent for.",
  none: "Der er ingen dokumenter endnu.",
  add: "Tilføj dokument",
  hint: "PDF, JPEG, PNG eller WebP. Gem slides som PDF: det kan åbnes alle steder.",
  titleOf: (place: number) => `Titel på dokument ${place}`,
  up: (title: string) => `Flyt ${title} op`,
  down: (title: string) => `Flyt ${title} ned`,
  remove: (title: string) => `Fjern ${title}`,
  removeAsk: (title: string) => `Fjern „${title}“? Filen slettes og kan ikke hentes tilbage.`,
  removeDo: "Ja, fjern",
  keep: "Behold",
  look: (title: string) => `Hent ${title}`,
  sending: (name: string) => `${name} sendes`,
  added: (title: string) => `${title} er tilføjet.`,
  removed: (title: string) => `${title} er fjernet.`,
  full: (most: number) => `Et punkt kan have ${most} dokumenter.`,
  refused: {
    bad_title: "Titlen skal være på 1 til 120 tegn.",
    unknown_document: "Dokumentet er her ikke længere.",
    no_line: "Der var ingen forbindelse. Intet er ændret.",
  } as Record<string, string>,
};

type Same<T> = { [K in keyof T]: T[K] extends string ? string : T[K] extends (...args: infer A) => string ? (...args: A) => string : Same<T[K]> };

export const documentsEn: Same<typeof documentsDa> = {
  title: "Documents",
  lead: "Slides, sheets for the discussion and other things to take along. They are seen when the item is open, by those it is open to.",
  none: "There are no documents yet.",
  add: "Add a document",
  hint: "PDF, JPEG, PNG or WebP. Save slides as PDF: it opens everywhere.",
  titleOf: (place) => `Title of document ${place}`,
  up: (title) => `Move ${title} up`,
  down: (title) => `Move ${title} down`,
  remove: (title) => `Remove ${title}`,
  removeAsk: (title) => `Remove “${title}”? The file is deleted and cannot be brought back.`,
  removeDo: "Yes, remove",
  keep: "Keep",
  look: (title) => `Download ${title}`,
  sending: (name) => `Sending ${name}`,
  added: (title) => `${title} has been added.`,
  removed: (title) => `${title} has been removed.`,
  full: (most) => `An item can have ${most} documents.`,
  refused: {
    bad_title: "The title must be 1 to 120 characters.",
    unknown_document: "The document is no longer here.",
    no_line: "There was no connection. Nothing was changed.",
  },
};
