/**
 * The page's form. A very wide screen hangs in a council chamber and shows picture, title and time alone; whoever
 * sits before one alone can have the panels beside it, and that is remembered. Who works in a panel has them from the
 * beginning. `?skaerm` always means the chamber.
 */

export type Form = "screen" | "desk";

const key = "topmoede.form";
const wide = matchMedia("(min-width: 1800px)");
const asked = new URL(location.href).searchParams.has("skaerm");

export class PageForm {
  private isWide = $state(wide.matches);
  private panels = $state(false);

  constructor(worksInPanel: boolean) {
    this.panels = (localStorage.getItem(key) ?? (worksInPanel ? "desk" : "screen")) === "desk";
    wide.addEventListener("change", ({ matches }) => (this.isWide = matches));
  }

  get form(): Form {
    return asked || (this.isWide && !this.panels) ? "screen" : "desk";
  }

  /** There is a choice: wide, and not asked for in the address. */
  get canTurn(): boolean {
    return this.isWide && !asked;
  }

  turn(): void {
    this.panels = !this.panels;
    localStorage.setItem(key, this.panels ? "desk" : "screen");
  }
}
