import { expect, test, vi } from "vitest";
import { type LinkFaults, readPattern, TcpLab, writePattern } from "../../../test/support/tcp-lab.ts";

// Much work, and on a busy machine slow: nothing here is about real time.
vi.setConfig({ testTimeout: 60_000 });

const isFull = Boolean(process.env.TABVISOR_FULL);
const MB = 1_000_000;

const LINKS: readonly [string, LinkFaults, number][] = [
  ["a link without faults", { delayMs: 1 }, 4],
  ["1 % of frames lost", { delayMs: 1, loss: 0.01 }, 2],
  ["10 % of frames lost, both ways", { delayMs: 1, loss: 0.1 }, 0.5],
  ["frames that overtake each other", { delayMs: 1, jitterMs: 5 }, 2],
  ["a third of the frames twice", { delayMs: 1, duplicates: 0.3 }, 2],
  ["all of it, over a long way", { delayMs: 60, jitterMs: 60, loss: 0.02, duplicates: 0.02 }, 1],
];

for (const offload of [true, false]) {
  for (const [name, faults, megabytes] of LINKS) {
    for (const seed of isFull ? [1, 2, 3, 4, 5] : [1]) {
      test(`T1: ${megabytes} MB arrive whole over ${name}; large frames: ${offload} (seed ${seed})`, async () => {
        const lab = new TcpLab(seed, faults, { offload });
        const [left, right] = await lab.connect();
        const done = Promise.all([
          writePattern(left, megabytes * MB, seed),
          readPattern(right),
          writePattern(right, 100_000, seed + 1),
          readPattern(left),
          left.closed,
          right.closed,
        ]);
        const [, arrived, , back] = await lab.time.until(done);
        expect([arrived, back]).toEqual([megabytes * MB, 100_000]);
        await lab.time.pass(20_000);
        expect([lab.left.size, lab.right.size, lab.time.pendingTimers]).toEqual([0, 0, 0]);
      });
    }
  }
}

for (const offload of [true, false]) {
  test.runIf(isFull)(
    `T1: 100 MB arrive whole with loss, reordering and duplicates; large frames: ${offload}`,
    async () => {
      const lab = new TcpLab(7, { delayMs: 1, jitterMs: 2, loss: 0.002, duplicates: 0.01 }, { offload });
      const [left, right] = await lab.connect();
      const [, arrived] = await lab.time.until(Promise.all([writePattern(left, 100 * MB), readPattern(right)]));
      expect(arrived).toBe(100 * MB);
    },
    600_000,
  );
}

test("T1: a fast path carries much in few frames", async () => {
  const lab = new TcpLab(3, { delayMs: 1, cut: 0 });
  const [left, right] = await lab.connect();
  await lab.time.until(Promise.all([writePattern(left, 8 * MB), readPattern(right)]));
  expect(lab.framesSent).toBeLessThan((8 * MB) / 1460 / 10);
});
