/** One file on its way to the server: told how far it has come, given up when asked. */

export interface Kept {
  id: string;
  kind: "jpeg" | "png" | "pdf";
  size: number;
  width?: number;
  height?: number;
}

export class FileRefused extends Error {
  constructor(
    readonly code: string,
    /** How many bytes there may be, where that is what was wrong. */
    readonly most: number | null = null,
    readonly retry_ms: number | null = null,
  ) {
    super(code);
  }
}

/** Where a room's files are sent to. */
export function filesOf(room: string): string {
  return `/api/rooms/${encodeURIComponent(room)}/files`;
}

/** A request that tells how much of it has been sent: fetch cannot. */
export function sendFile(address: string, file: Blob, progress: (sent: number) => void, ending: AbortSignal): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open("POST", address);
    asked.setRequestHeader("content-type", "application/octet-stream");
    asked.upload.onprogress = ({ loaded }) => progress(loaded);
    asked.onload = () => (asked.status === 201 ? resolve(JSON.parse(asked.responseText) as Kept) : reject(refusalOf(asked)));
    asked.onerror = () => reject(new FileRefused("no_line"));
    asked.onabort = () => reject(new FileRefused("stopped"));
    ending.addEventListener("abort", () => asked.abort());
    asked.send(file);
  });
}

export async function letGo(room: string, id: string): Promise<void> {
  try {
    await fetch(`${filesOf(room)}/${id}`, { method: "DELETE" });
  } catch {
    // Then it goes by itself within the hour.
  }
}

function refusalOf({ responseText }: XMLHttpRequest): FileRefused {
  try {
    const { code, most, retry_ms } = JSON.parse(responseText) as { code?: string; most?: number; retry_ms?: number };
    return new FileRefused(code ?? "other", most ?? null, retry_ms ?? null);
  } catch {
    return new FileRefused("other");
  }
}
