/** Words for the notes that a room writes together. */

export const notesDa = {
  title: "Noter",
  label: "Rummets noter",
  hint: "Skriv det, I vil have med hjem. Alle i rummet skriver i den samme tekst.",
  close: "Tilbage til samtalen",
  download: "Hent noterne",
  saved: "Gemt",
  saving: "Gemmes …",
  waiting: "Gemmes, når der er forbindelse igen",
  full: "Noterne er fulde. Slet lidt, før I skriver mere.",
  failed: "Det sidste kunne ikke gemmes. Kopiér det, og indlæs siden igen.",
};

export const notesEn: typeof notesDa = {
  title: "Notes",
  label: "The room's notes",
  hint: "Write what you want to take home. Everybody in the room writes in the same text.",
  close: "Back to the conversation",
  download: "Download the notes",
  saved: "Saved",
  saving: "Saving …",
  waiting: "Will be saved when the connection is back",
  full: "The notes are full. Delete a little before you write more.",
  failed: "The last of it could not be saved. Copy it, and reload the page.",
};
