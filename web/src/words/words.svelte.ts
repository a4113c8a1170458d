/** The catalogue in use. Pages read `speech.words`; a change of language changes every page at once. */

import { da, type Words } from "./da";
import { en } from "./en";
import { longDate, type Language } from "./formats";

const key = "topmoede.language";

class Speech {
  language = $state<Language>(remembered());

  get words(): Words {
    return this.language === "da" ? da : en;
  }

  get longDate(): (at: string) => string {
    return (at) => longDate(at, this.language);
  }

  use(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
    localStorage.setItem(key, language);
  }

  other(): void {
    this.use(this.language === "da" ? "en" : "da");
  }
}

function remembered(): Language {
  const language = localStorage.getItem(key) === "en" ? "en" : "da";
  document.documentElement.lang = language;
  return language;
}

export const speech = new Speech();
