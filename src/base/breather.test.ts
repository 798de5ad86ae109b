import { expect, it } from "vitest";
import { Breather } from "./breather.ts";

/** How many other tasks ran beside 30 pieces of work, by a clock that goes on by so many milliseconds a piece. */
async function othersBeside(stepMs: number): Promise<number> {
  let now = 0;
  let others = 0;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    others++;
    port2.postMessage(null);
  };
  port2.postMessage(null);
  const breather = new Breather(() => now);
  for (let piece = 0; piece < 30; piece++) {
    now += stepMs;
    await breather.breathe();
  }
  const seen = others;
  port1.close();
  return seen;
}

it("lets other tasks run when the last breath is long ago, and not before", async () => {
  expect(await othersBeside(0)).toBe(0);
  expect(await othersBeside(11)).toBeGreaterThanOrEqual(29);
});
