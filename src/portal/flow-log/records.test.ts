import { expect, it } from "vitest";
import type { FlowRecord } from "../../api/network-types.ts";
import { EMPTY, latest, merged } from "./records.ts";

const RECORD: FlowRecord = {
  id: 1,
  interfaceId: "eni-1",
  logStatus: "OK",
  direction: "ingress",
  sourceAddress: "203.0.113.1",
  destinationAddress: "10.0.0.4",
  packetSource: "203.0.113.1",
  packetDestination: "10.0.0.4",
  sourcePort: 40_000,
  destinationPort: 22,
  protocol: 6,
  packets: 1,
  bytes: 60,
  start: 1000,
  end: 1000,
  action: "REJECT",
  decision: { kind: "no-rule", groupIds: ["sg-1"] },
  open: true,
};

it("F-N8 a record that grows stays one, whichever way it comes first", () => {
  const grown = { ...RECORD, packets: 3, end: 2000 };
  for (const order of [
    [RECORD, grown],
    [grown, RECORD],
  ]) {
    const records = order.reduce((before, record) => merged(before, [record]), EMPTY);
    expect([...records.values()]).toEqual([grown]);
  }
});

it("F-N8 a window that ends is taken over", () => {
  const ended = { ...RECORD, open: false };
  expect(merged(merged(EMPTY, [RECORD]), [ended]).get(1)).toEqual(ended);
});

it("keeps the last 2000, and shows the newest first", () => {
  const many = Array.from({ length: 2100 }, (_, at) => ({ ...RECORD, id: at, end: 1000 + at }));
  const records = merged(EMPTY, many);
  expect(records.size).toBe(2000);
  expect(latest(records, 2).map(({ id }) => id)).toEqual([2099, 2098]);
});
