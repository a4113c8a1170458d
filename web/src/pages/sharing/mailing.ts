/** Sending through the server: how it goes with each address, as it is told of them one by one. */

export interface Handed {
  address: string;
  result: "sent" | "refused" | "later" | "too_many" | "no_address";
}

/** Returns the code of what went wrong with the whole; null when every address was answered. */
export async function mailLink(
  share: string,
  addresses: readonly string[],
  message: string,
  tell: (handed: Handed) => void,
): Promise<string | null> {
  let left = addresses.length;
  try {
    const answer = await fetch(`/api/shares/${encodeURIComponent(share)}/mail`, {
      method: "POST",
      body: JSON.stringify({ addresses, message }),
    });
    if (!answer.ok) return ((await answer.json()) as { code?: string }).code ?? "other";
    for await (const line of linesOf(answer)) {
      tell(JSON.parse(line) as Handed);
      left -= 1;
    }
  } catch {
    return left < addresses.length ? "broken" : "other";
  }
  return left > 0 ? "broken" : null;
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const lines = (rest + read.value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter(Boolean);
  }
}
