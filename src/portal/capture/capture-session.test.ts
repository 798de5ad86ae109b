import { expect, it } from "vitest";
import { CaptureSession } from "./capture-session.ts";

it("F-N10 stopping ends the file and the capture; what had come is in it", async () => {
  let cancelled = false;
  const captured = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(Uint8Array.of(1, 2, 3)),
    cancel: () => {
      cancelled = true;
    },
  });
  const session = new CaptureSession();
  const reader = session.through(captured).getReader();
  expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2, 3));
  const end = reader.read();
  session.stop();
  expect((await end).done).toBe(true);
  expect(cancelled).toBe(true);
  expect(session.counts.bytes).toBe(3);
});
