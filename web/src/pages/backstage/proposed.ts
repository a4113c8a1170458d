/** An order that is being considered: its effect is shown, nothing has been sent. */

export interface Proposed {
  name: "skip" | "back" | "slate";
}
