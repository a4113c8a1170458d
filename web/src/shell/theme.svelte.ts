/** Light or dark: as the machine says until the person says otherwise, and that is remembered. */

export type Theme = "light" | "dark";

const key = "topmoede.theme";
const darkMachine = matchMedia("(prefers-color-scheme: dark)");

class Appearance {
  private chosen = $state<Theme | null>(remembered());
  private machine = $state<Theme>(darkMachine.matches ? "dark" : "light");

  constructor() {
    darkMachine.addEventListener("change", ({ matches }) => (this.machine = matches ? "dark" : "light"));
  }

  get theme(): Theme {
    return this.chosen ?? this.machine;
  }

  turn(): void {
    this.chosen = this.theme === "dark" ? "light" : "dark";
    localStorage.setItem(key, this.chosen);
    this.apply();
  }

  apply(): void {
    if (this.chosen) document.documentElement.dataset.theme = this.chosen;
  }
}

function remembered(): Theme | null {
  const stored = localStorage.getItem(key);
  return stored === "light" || stored === "dark" ? stored : null;
}

export const appearance = new Appearance();

export function followTheme(): void {
  appearance.apply();
}
