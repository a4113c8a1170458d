/** Ids a client chooses: ULIDs, sortable by time, 80 random bits, unique per person for ever. */

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function ulid(now_ms: number = Date.now(), fill: (bytes: Uint8Array) => void = randomBytes): string {
  const bytes = new Uint8Array(16);
  fill(bytes);
  return encodeTime(now_ms) + Array.from(bytes, (byte) => alphabet[byte % 32]).join("");
}

function randomBytes(bytes: Uint8Array): void {
  crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
}

function encodeTime(now_ms: number): string {
  let left = now_ms;
  let text = "";
  for (let place = 0; place < 10; place += 1) {
    text = alphabet.charAt(left % 32) + text;
    left = Math.floor(left / 32);
  }
  return text;
}
