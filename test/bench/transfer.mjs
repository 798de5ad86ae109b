import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureProgram, findProgram, run } from "../tools/programs.mjs";
import { using } from "./boot.mjs";
import { peakWhile, rendererPid } from "./renderer.mjs";

const MIB = 2 ** 20;
/** What the issue asks for. */
const SIZE_MIB = 1024;
/** The first of each loads code into the volume worker, which is not what is measured. */
const WARM_UP_MIB = 16;
/** For what the last one left behind to go. */
const SETTLE_MS = 10_000;
const FORMATS = ["raw", "qcow2"];

/** Import and export of a disk of random bytes, from a file and into a reader that keeps nothing, as the portal saves. */
export async function benchTransfer({ session, add }) {
  ensureProgram("qemu-img", "qemu-utils");
  const folder = await mkdtemp(join(tmpdir(), "tabvisor-transfer-"));
  try {
    for (const format of FORMATS) {
      const warmUp = await makeDisk(folder, WARM_UP_MIB, format);
      const disk = await makeDisk(folder, SIZE_MIB, format);
      await using(session.portal(), async ({ page, browser }) => {
        await page.evaluate(installTransfer);
        const renderer = await rendererPid(browser, page);
        const transfer = async (what) => {
          const debug = await page.context().newCDPSession(page);
          await debug.send("HeapProfiler.collectGarbage");
          const { result: ms, peakMiB } = await peakWhile(renderer, what);
          await page.waitForTimeout(SETTLE_MS);
          return { rate: (SIZE_MIB * MIB) / 1e6 / (ms / 1000), peakMiB };
        };
        const importFile = async (file) => {
          await page.setInputFiles("#transfer", file);
          return await page.evaluate(() => globalThis.transfer.import());
        };
        const exportDisk = () => page.evaluate((name) => globalThis.transfer.export(name), format);
        await importFile(warmUp);
        await exportDisk();
        const tell = (name, { rate, peakMiB }) => {
          add("transfer", `${name} of ${SIZE_MIB} MiB, ${format}`, rate, null, "MB/s");
          add("transfer", "  the renderer's peak above idle", peakMiB, null, "MiB", { target: "<= 64 MiB" });
        };
        tell("import", await transfer(() => importFile(disk)));
        tell("export", await transfer(exportDisk));
      });
      await rm(disk);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file of a disk of random bytes, which do not compress. */
async function makeDisk(folder, sizeMiB, format) {
  const raw = join(folder, `${sizeMiB}.raw`);
  const file = createWriteStream(raw);
  for (let i = 0; i < sizeMiB; i++) {
    if (!file.write(randomFillSync(Buffer.allocUnsafe(MIB)))) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
  if (format === "raw") return raw;
  const disk = join(folder, `${sizeMiB}.${format}`);
  run(findProgram("qemu-img"), ["convert", "-f", "raw", "-O", format, raw, disk]);
  await rm(raw);
  return disk;
}

/** What the page does: `globalThis.transfer`; milliseconds. */
function installTransfer() {
  const input = document.createElement("input");
  input.type = "file";
  input.id = "transfer";
  input.hidden = true;
  document.body.append(input);
  const { tabvisor } = globalThis;
  let snapshotId;
  globalThis.transfer = {
    async import() {
      if (snapshotId !== undefined) await tabvisor.snapshots.delete(snapshotId);
      const began = performance.now();
      ({ id: snapshotId } = await tabvisor.snapshots.import({ source: input.files[0] }));
      return performance.now() - began;
    },
    async export(format) {
      const began = performance.now();
      const reader = (await tabvisor.snapshots.export(snapshotId, { format })).getReader({ mode: "byob" });
      let buffer = new Uint8Array(2 ** 20);
      for (;;) {
        const { done, value } = await reader.read(buffer);
        if (done) return performance.now() - began;
        buffer = new Uint8Array(value.buffer);
      }
    },
  };
}
