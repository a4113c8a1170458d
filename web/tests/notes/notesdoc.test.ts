import { describe, expect, it } from "vitest";
import type { Answer } from "../../src/realtime/client";
import { evolveNotes, type Notes } from "../../src/state/notes";
import { NotesDoc, type Kept } from "../../src/pages/watch/notes/notesdoc";

/** The log as the server keeps it, and everybody who reads it while they have a line. */
class Log {
  notes: Notes = { room: "aalborg", emptied: 0, updates: [] };
  readonly people: Person[] = [];
  refuse: string | null = null;

  take(update: string): Answer {
    if (this.refuse !== null) {
      const code = this.refuse;
      this.refuse = null;
      return { ok: false, code, refused: { op: "refused", id: "x", code, detail: "" } } as Answer;
    }
    this.hear("notes_changed", { update });
    return { ok: true, seq: this.notes.updates.length, held: false } as Answer;
  }

  hear(name: string, data: Record<string, unknown>): void {
    this.notes = evolveNotes(this.notes, { op: "event", topic: "notes:aalborg", seq: 1, name, at: "", data });
    for (const person of this.people) person.listen();
  }
}

class Person {
  kept: Kept = { emptied: null, updates: [] };
  online = true;
  discarded: string[] = [];
  doc: NotesDoc;
  private waiting: (() => void)[] = [];

  constructor(private readonly log: Log) {
    this.doc = this.open(null);
    log.people.push(this);
    this.listen();
  }

  open(kept: Kept | null): NotesDoc {
    return new NotesDoc(
      {
        send: async (update) => {
          if (!this.online) await new Promise<void>((back) => this.waiting.push(back));
          return this.log.take(update);
        },
        discard: (id) => this.discarded.push(id),
        changed: () => undefined,
        later: () => void this.doc.flush(),
        keep: (waiting) => (this.kept = waiting),
      },
      kept,
    );
  }

  listen(): void {
    if (this.online) this.doc.receive(this.log.notes);
  }

  type(text: string, at = this.doc.text.length): void {
    this.doc.write(this.doc.text.slice(0, at) + text + this.doc.text.slice(at));
  }

  back(): void {
    this.online = true;
    this.listen();
    this.waiting.splice(0).forEach((go) => go());
  }

  reload(): void {
    this.waiting = [];
    this.doc = this.open(this.kept);
    if (this.online) this.listen();
  }
}

async function settled(...people: Person[]): Promise<void> {
  for (let round = 0; round < 20; round += 1) for (const { doc } of people) await Promise.race([doc.flush(), Promise.resolve()]);
}

describe("notes written together", () => {
  function two(): [Log, Person, Person] {
    const log = new Log();
    return [log, new Person(log), new Person(log)];
  }

  it("come to the same text when both write without a line and come back", async () => {
    const [, anna, bo] = two();
    anna.type("Pointer");
    await settled(anna);
    for (const one of [anna, bo]) one.online = false;
    anna.type(": trivsel");
    void anna.doc.flush();
    anna.type(" og ro");
    bo.type("Vores ", 0);
    void bo.doc.flush();
    bo.doc.write(bo.doc.text.replace("Pointer", "pointer"));
    expect(bo.doc.text).toBe("Vores pointer");
    bo.back();
    anna.back();
    await settled(anna, bo);
    expect(anna.doc.text).toBe(bo.doc.text);
    expect(anna.doc.text).toBe("Vores pointer: trivsel og ro");
    expect([anna.doc.isSaved, bo.doc.isSaved]).toEqual([true, true]);
    expect([anna.kept.updates, bo.kept.updates]).toEqual([[], []]);
  });

  it("lose nothing when the page is reloaded without a line, and say nothing twice", async () => {
    const [, anna, bo] = two();
    anna.online = false;
    anna.type("Et ");
    void anna.doc.flush();
    anna.type("to");
    anna.reload();
    expect(anna.doc.text).toBe("Et to");
    anna.back();
    await settled(anna, bo);
    expect([anna.doc.text, bo.doc.text, anna.kept.updates]).toEqual(["Et to", "Et to", []]);
  });

  it("send everything that the log lacks when it lacks something", async () => {
    const [log, anna, bo] = two();
    anna.online = false;
    anna.type("Et ");
    anna.type("to");
    log.refuse = "notes_gap";
    anna.back();
    await settled(anna, bo);
    expect([anna.doc.text, bo.doc.text]).toEqual(["Et to", "Et to"]);
    expect(anna.discarded).toEqual(["x"]);
  });

  it("say no more of a refusal when what was refused has been taken after all", async () => {
    const [log, anna] = two();
    anna.type("Et");
    log.refuse = "room_closed";
    await anna.doc.flush();
    expect(anna.doc.refused).toBe("room_closed");
    await anna.doc.flush();
    expect([anna.doc.refused, anna.doc.isSaved]).toEqual([null, true]);
  });

  it("keep what was refused, and try again with the next letter", async () => {
    const [log, anna, bo] = two();
    anna.type("Et");
    log.refuse = "notes_full";
    await settled(anna);
    // settled flushes again by itself, as the page does with the next letter.
    expect(bo.doc.text).toBe("Et");
    log.refuse = "notes_full";
    anna.type(" to");
    await anna.doc.flush();
    expect([anna.doc.refused, anna.doc.isSaved, anna.kept.updates.length]).toEqual(["notes_full", false, 1]);
    anna.type("!");
    await settled(anna);
    expect([anna.doc.refused, bo.doc.text]).toEqual([null, "Et to!"]);
  });

  it("begin anew when they were emptied, also with somebody who had more to say", async () => {
    const [log, anna, bo] = two();
    anna.type("Hemmeligt");
    await settled(anna);
    anna.type(" mere");
    log.hear("notes_emptied", {});
    expect([anna.doc.text, bo.doc.text, anna.kept.updates]).toEqual(["", "", []]);
    bo.type("Nyt");
    await settled(anna, bo);
    expect([anna.doc.text, bo.doc.text]).toEqual(["Nyt", "Nyt"]);
  });

  it("are not brought back by somebody who was away while they were emptied and begun anew", async () => {
    const [log, anna, bo] = two();
    anna.type("Hemmeligt");
    await settled(anna);
    anna.online = false;
    anna.type(" mere");
    void anna.doc.flush();
    log.hear("notes_emptied", {});
    bo.type("Nyt");
    await settled(bo);
    log.refuse = "notes_gap"; // as the server does: it has nothing that the change stands on
    anna.reload();
    anna.online = true;
    anna.listen();
    await settled(anna, bo);
    expect([anna.doc.text, bo.doc.text]).toEqual(["Nyt", "Nyt"]);
  });

  it("are sent in orders that each fit, however much is pasted", async () => {
    const [log, anna, bo] = two();
    const much = "æøå🙂".repeat(3000);
    anna.type(much);
    await settled(anna);
    expect(bo.doc.text).toBe(much);
    expect(Math.max(...log.notes.updates.map((update) => update.length))).toBeLessThan(6_668);
  });
});
