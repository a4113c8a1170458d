/** What is said to everybody just now. An announcement runs out by the show's clock; nobody has to take it away. */

import type { Show } from "../../state/show";

export interface Said {
  text: string;
  urgent: boolean;
}

export function saidNow(show: Show | null, show_ms: number): Said | null {
  const said = show?.announcement;
  if (!said || (said.until !== null && Date.parse(said.until) <= show_ms)) return null;
  return { text: said.text, urgent: said.urgent === true };
}
