import { expect, it } from "vitest";
import { EMPTY, latest, merged } from "./records.ts";
import { FLOW } from "./testing/sample-flow.ts";

it("F-N8 a record that grows stays one, whichever way it comes first", () => {
  const grown = { ...FLOW, packets: 3, end: 2000 };
  for (const order of [
    [FLOW, grown],
    [grown, FLOW],
  ]) {
    const records = order.reduce((before, record) => merged(before, [record]), EMPTY);
    expect([...records.values()]).toEqual([grown]);
  }
});

it("F-N8 a window that ends is taken over", () => {
  const ended = { ...FLOW, open: false };
  expect(merged(merged(EMPTY, [FLOW]), [ended]).get(1)).toEqual(ended);
});

it("keeps the last 2000, and shows the newest first", () => {
  const many = Array.from({ length: 2100 }, (_, at) => ({ ...FLOW, id: at, end: 1000 + at }));
  const records = merged(EMPTY, many);
  expect(records.size).toBe(2000);
  expect(latest(records, 2).map(({ id }) => id)).toEqual([2099, 2098]);
});
