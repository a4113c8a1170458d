/** Whether the board's single-letter keys are on: remembered, because a screen reader or a dictating voice needs them off. */

const key = "topmoede.backstage.keys";

export class Shortcuts {
  on = $state(localStorage.getItem(key) !== "off");

  turn(): void {
    this.on = !this.on;
    localStorage.setItem(key, this.on ? "on" : "off");
  }
}
