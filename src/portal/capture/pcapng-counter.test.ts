import { expect, it } from "vitest";
import { PcapngCounter } from "./pcapng-counter.ts";

function block(type: number, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint32(0, type, true);
  view.setUint32(4, bytes, true);
  view.setUint32(bytes - 4, bytes, true);
  return new Uint8Array(view.buffer);
}

const FILE = new Uint8Array(
  [block(0x0a0d0d0a, 28), block(1, 20), block(6, 96), block(6, 32), block(5, 24)].flatMap((one) => [...one]),
);

it.each([1, 3, 8, 50, 1000])("F-N10 counts packets in pieces of %i bytes", (size) => {
  const counter = new PcapngCounter();
  for (let at = 0; at < FILE.length; at += size) counter.add(FILE.subarray(at, at + size));
  expect([counter.packets, counter.bytes]).toEqual([2, FILE.length]);
});
