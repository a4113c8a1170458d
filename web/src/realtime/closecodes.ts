/** What a close code asks of the client. 4000–4499 may be tried again, 4500–4999 are final. */

export type AfterClose = "stop" | "window" | "full" | "backoff" | "renew" | "final";

const table: Readonly<Record<number, AfterClose>> = {
  1000: "stop",
  1001: "stop",
  1009: "stop",
  1012: "window",
  1013: "full",
  4000: "window",
  4003: "renew",
};

export function afterClose(code: number): AfterClose {
  const known = table[code];
  if (known) return known;
  return code >= 4500 && code <= 4999 ? "final" : "backoff";
}

/** The reasons a person must be told, by the code that ended it. */
export type FinalReason = "signed_out" | "removed" | "protocol" | "elsewhere" | "over" | "stopped";

const reasons: Readonly<Record<number, FinalReason>> = {
  4500: "signed_out",
  4501: "removed",
  4502: "protocol",
  4503: "elsewhere",
  4504: "over",
};

export function finalReason(code: number): FinalReason {
  return reasons[code] ?? "stopped";
}
