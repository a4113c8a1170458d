import { describe, expect, test } from "vitest";
import { block_bytes, piece_bytes, TusUpload, type Refusal, type Refused } from "../../src/pages/films/tusupload";
import { FakeUploads } from "./fakeuploads";

const small = new File(["0123456789"], "Oplæg 1.mp4");
const never = new AbortController().signal;

function upload(server: FakeUploads, file: File = small, waits: boolean[] = []): TusUpload {
  return new TusUpload(file, "tema-1", { progress: () => undefined, waiting: (lost) => waits.push(lost) }, server.around);
}

async function refusalOf(doing: Promise<void>): Promise<Refusal> {
  return doing.then(
    () => ({ code: "none", facts: {} }),
    (error: unknown) => (error as Refused).refusal,
  );
}

describe("an upload", () => {
  test("sends a file whole, with a digest of its blocks", async () => {
    const bytes = new Uint8Array(piece_bytes + 10).fill(7);
    const server = new FakeUploads();
    await upload(server, new File([bytes], "f.mp4")).run(null, never);
    expect(server.data.length).toBe(bytes.length);
    expect(server.pieces).toBe(2);
    const block = await crypto.subtle.digest("SHA-256", bytes);
    const whole = new Uint8Array(await crypto.subtle.digest("SHA-256", block));
    expect(server.digest).toBe(`sha-256-8m=:${btoa(String.fromCharCode(...whole))}:`);
    expect(bytes.length).toBeLessThan(block_bytes);
  });

  test("waits for a line that is lost, and goes on where the server says", async () => {
    const server = new FakeUploads();
    const waits: boolean[] = [];
    server.next.push("ok", "lost", "ok", "answer lost", 503);
    await upload(server, small, waits).run(null, never);
    expect(new TextDecoder().decode(server.data)).toBe("0123456789");
    expect(waits).toContain(true);
    expect(waits.at(-1)).toBe(false);
  });

  test("sends a piece again that came too slowly", async () => {
    const server = new FakeUploads();
    server.next.push("ok", "ok", { code: "too_slow", status: 408 });
    await upload(server).run(null, never);
    expect(new TextDecoder().decode(server.data)).toBe("0123456789");
  });

  test("goes on with what is there", async () => {
    const server = new FakeUploads();
    server.data = new TextEncoder().encode("0123");
    await upload(server).run("1", never);
    expect(new TextDecoder().decode(server.data)).toBe("0123456789");
    expect(server.pieces).toBe(1);
  });

  test("sends a piece that was damaged again, but not for ever", async () => {
    const server = new FakeUploads();
    const damaged = { code: "checksum_mismatch", status: 460 };
    server.next.push("ok", "ok", damaged, damaged);
    await upload(server).run(null, never);
    expect(server.data.length).toBe(10);
    server.next.push("ok", "ok", ...Array<typeof damaged>(10).fill(damaged));
    server.data = new Uint8Array(0);
    expect(await refusalOf(upload(server).run(null, never))).toMatchObject({ code: "checksum_mismatch" });
  });

  test("is over when all had come and the server has gone on with it", async () => {
    const server = new FakeUploads();
    server.next.push("ok", "ok", "answer lost", { code: "not_found", status: 404 });
    await upload(server).run(null, never);
    expect(server.data.length).toBe(10);
  });

  test("ends with what it is refused for", async () => {
    const server = new FakeUploads();
    server.next.push({ code: "on_air", status: 409 });
    expect(await refusalOf(upload(server).run(null, never))).toMatchObject({ code: "on_air" });
    server.next.push({ code: "storage_full", status: 503 });
    expect(await refusalOf(upload(server).run(null, never))).toMatchObject({ code: "storage_full" });
    server.next.push("ok", { code: "not_found", status: 404 });
    expect(await refusalOf(upload(server).run(null, never))).toMatchObject({ code: "not_found" });
  });
});
