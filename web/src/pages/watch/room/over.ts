/** What lies over the room: the rest of it cannot be reached until it is closed. */
export function alone(over: HTMLElement): () => void {
  const beside = [...(over.parentElement?.children ?? [])].filter((one) => one !== over) as HTMLElement[];
  for (const one of beside) one.inert = true;
  return () => beside.forEach((one) => (one.inert = false));
}
