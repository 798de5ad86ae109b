import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { ROOT } from "../tools/install.mjs";
import { figuresOf, measurePair } from "./net.mjs";
import { serve } from "./server.mjs";
import { Session } from "./session.mjs";
import { median } from "./stats.mjs";

const ROUNDS = 3;
const CONFIG = "/workers/vm/devices/virtio-net-config.ts";
const CARD = "/workers/vm/devices/virtio-net.ts";

/** Each differs from ours in one choice: the constant's file, its name, and what it is instead. */
const SWEEP = [
  { name: "ours", changes: [] },
  { name: "MTU 9001", changes: [["/src/network/model.ts", "MTU", "9001"]] },
  { name: "no segments", changes: [[CONFIG, "SEGMENTS", "false"]] },
  { name: "no checksums, no segments", changes: [[CONFIG, "CHECKSUMS", "false"]] },
  { name: "no merged buffers", changes: [[CONFIG, "MERGED_BUFFERS", "false"]] },
  { name: "rings of 128", changes: [[CONFIG, "QUEUE_SIZES", "[128, 128]"]] },
  { name: "rings of 1024", changes: [[CONFIG, "QUEUE_SIZES", "[1024, 1024]"]] },
  { name: "batches of 64 KiB", changes: [[CARD, "SEND_BYTES", "64 * 1024"]] },
  { name: "each packet at once", changes: [[CARD, "SEND_BYTES", "0"]] },
  { name: "windows of 512 KiB", changes: [["/src/network/ports/packet-channel.ts", "WINDOW_BYTES", "512 << 10"]] },
];

/**
 * The choices of the network cards and of their ways: the product built with each, the same work between two guests. The
 * column of the reference is ours. Rounds alternate, so that what else the machine does is the same for all.
 * `BENCH_SWEEP=rings,MTU`: ours, and those that have one of these in their name.
 */
export async function benchNetSweep({ add }) {
  const wanted = process.env.BENCH_SWEEP?.split(",");
  const variants = [];
  try {
    for (const choice of SWEEP) {
      const isWanted = choice.changes.length === 0 || (wanted?.some((part) => choice.name.includes(part)) ?? true);
      if (isWanted) variants.push(await buildWith(choice));
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const { server, all } of variants) all.push(await measurePair(new Session(server.url)));
    }
    const [ours] = variants;
    for (const { name, all } of variants) {
      for (const [figure, what, unit] of figuresOf) {
        const middle = (runs) => median(runs.map((one) => one[figure]));
        add("netsweep", `${name}: ${what}`, middle(all), middle(ours.all), unit);
      }
    }
  } finally {
    for (const { outDir, server } of variants) {
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    }
  }
}

async function buildWith({ name, changes }) {
  const outDir = await mkdtemp(join(tmpdir(), "tabvisor-net-"));
  const missing = new Set(changes);
  await build({
    configFile: join(ROOT, "vite.config.ts"),
    logLevel: "error",
    build: { outDir },
    worker: { plugins: () => [constants(changes, missing)] },
  });
  if (missing.size > 0)
    throw new Error(`${name}: there is no ${[...missing].map(([, constant]) => constant).join(", ")}`);
  return { name, outDir, server: await serve({ "/": outDir }), all: [] };
}

/** Changes constants of the workers' modules while these are built. */
function constants(changes, missing) {
  return {
    name: "tabvisor:constants",
    enforce: "pre",
    transform(code, id) {
      let changed = code;
      for (const change of changes) {
        const [file, constant, value] = change;
        if (!id.endsWith(file)) continue;
        changed = changed.replace(new RegExp(`(const ${constant}\\b[^=]*= )[^;]+;`), (_, head) => {
          missing.delete(change);
          return `${head}${value};`;
        });
      }
      return changed === code ? undefined : changed;
    },
  };
}
