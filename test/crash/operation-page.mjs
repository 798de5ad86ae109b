// The page's side of `operation-kill.mjs`, as the test's process calls it.
import { checkDatabase } from "./database-check.ts";
import { cloud, instance, launch, machine, writeRecords } from "./machine-page.mjs";
import { operations } from "./operations.mjs";

const DATABASE = "tabvisor-default";
/** Work of an earlier page is taken up at once; garbage is collected five seconds later, and goes at 40 MB/s or more. */
const REST_MS = 60_000;

globalThis.killTest = {
  ...machine,
  ...operations,
  launch,

  write(from) {
    const telling = (number, sum) => void globalThis.acknowledge(number, sum);
    return writeRecords(from, telling);
  },

  /** Waits until what an earlier page left is finished, and garbage is gone; throws what stays. Gives what is stored then. */
  async rest() {
    const isOpen = (volumeId) => {
      const { attachment } = cloud().volumes.get(volumeId);
      return attachment !== null && instance().state !== "stopped";
    };
    const deadline = performance.now() + REST_MS;
    for (;;) {
      const { blocks, garbageBlocks, unmerged, findings } = await checkDatabase(DATABASE, isOpen);
      const { garbageBytes } = await cloud().storage.usage();
      const wrong = [...findings, ...unmerged.map((id) => `${id} is not merged`)];
      if (garbageBytes + garbageBlocks > 0) wrong.push(`${garbageBytes} bytes of garbage in ${garbageBlocks} blocks`);
      if (wrong.length === 0) return { blocks, garbageBytes };
      if (performance.now() > deadline) throw new Error(wrong.join("\n"));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  },
};
