/** Words for finding something in a room and for taking its conversation home. */

export const roomLogDa = {
  search: "Søg",
  searchLabel: "Søg i rummets beskeder",
  searchHint: "Ord eller et navn",
  close: "Luk søgningen",
  download: "Hent samtalen",
  downloadHint: "Hele samtalen som en tekstfil",
  looking: "Søger …",
  tooShort: "Skriv mindst to bogstaver.",
  none: "Ingen beskeder med de ord.",
  found: (n: number, more: boolean) => (more ? `De seneste ${n} beskeder` : n === 1 ? "1 besked" : `${n} beskeder`),
  older: "Vis ældre",
  failed: "Der kunne ikke søges lige nu. Prøv igen om lidt.",
};

export const roomLogEn: typeof roomLogDa = {
  search: "Search",
  searchLabel: "Search the room's messages",
  searchHint: "Words or a name",
  close: "Close the search",
  download: "Download the conversation",
  downloadHint: "The whole conversation as a text file",
  looking: "Searching …",
  tooShort: "Write two letters or more.",
  none: "No messages with those words.",
  found: (n, more) => (more ? `The last ${n} messages` : n === 1 ? "1 message" : `${n} messages`),
  older: "Show older",
  failed: "Searching did not work just now. Try again in a moment.",
};
