import { describe, expect, it } from "vitest";
import { forecast, type Asked } from "../../src/pages/backstage/forecast";
import type { EventFrame } from "../../src/realtime/frames";
import { evolveShow, type Show } from "../../src/state/show";
import { goldensOf } from "../state/goldens";
import { aShow, anItem, ms, onAir } from "./shows";

/** The order behind a golden's frames, where it is one that can be forecast. */
function askedBy(frames: EventFrame[], before: Show): Asked | null {
  for (const { name, data } of frames) {
    const item = String(data.item);
    const entry = before.items.find((one) => one.id === item);
    if (entry?.parent) continue;
    if (name === "item_extended") return { name: "extend", item, by_ms: Number(data.minutes) * 60_000 };
    if (name === "item_trimmed") return { name: "trim", item, end_ms: Date.parse(String(data.end)) };
    if (name === "item_moved") return { name: "move", item, start_ms: Date.parse(String(data.start)) };
    if (name === "item_started" && entry?.state === "planned" && entry.kind !== "end") return { name: "take", item };
  }
  return null;
}

function isBack(frames: EventFrame[]): boolean {
  return frames.some(({ name, data }) => name === "item_ended" && data.again === true);
}

const cases = goldensOf("show").flatMap(({ name, before, frames }) => {
  const show = before as unknown as Show;
  const asked = isBack(frames) ? null : askedBy(frames, show);
  const changesRule = frames.some(({ name }) => ["mode_set", "show_resumed"].includes(name));
  return asked && !changesRule ? [{ name, show, frames, asked }] : [];
});

describe("a forecast", () => {
  it("finds enough of the server's own cases to be held against", () => {
    expect(new Set(cases.map(({ asked }) => asked.name))).toEqual(new Set(["extend", "trim", "move", "take"]));
  });

  it.each(cases)("of $name says what the server then says", ({ show, frames, asked }) => {
    const after = frames.reduce(evolveShow, show);
    const now_ms = Date.parse(frames[0]?.show_at ?? frames[0]?.at ?? "");
    for (const { id, start_ms, end_ms } of forecast(show, now_ms, asked)) {
      const item = after.items.find((one) => one.id === id);
      expect([id, start_ms, end_ms]).toEqual([id, Date.parse(item?.expected_start ?? ""), Date.parse(item?.expected_end ?? "")]);
    }
  });

  it("lets the item on air end now at the earliest while a person drives", () => {
    const show = aShow([onAir(anItem("a", "09.00", "09.10")), anItem("b", "09.10", "09.20")], { mode: "manual" });
    expect(forecast(show, ms("09.12"), null)).toEqual([
      { id: "a", start_ms: ms("09.00"), end_ms: ms("09.12") },
      { id: "b", start_ms: ms("09.12"), end_ms: ms("09.22") },
    ]);
  });
});
