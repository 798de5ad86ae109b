// Runs the benchmarks named on the command line (all by default); prints a table, writes test-results/bench.json.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../tools/install.mjs";
import { benchBoot } from "./boot.mjs";
import { benchConsole } from "./console.mjs";
import { benchCpu } from "./cpu.mjs";
import { benchDisk } from "./disk.mjs";
import { assembleDisk } from "./disk-image.mjs";
import { benchEncryption } from "./encryption.mjs";
import { benchGate } from "./gate.mjs";
import { benchJit } from "./jit.mjs";
import { benchMemory } from "./memory.mjs";
import { benchNet } from "./net.mjs";
import { benchNetSweep } from "./net-sweep.mjs";
import { serve } from "./server.mjs";
import { Session } from "./session.mjs";
import { benchShare } from "./share.mjs";
import { round } from "./stats.mjs";
import { benchStore } from "./store.mjs";
import { benchTransfer } from "./transfer.mjs";
import { benchTypes } from "./types.mjs";
import { benchVolumes } from "./volumes.mjs";

const BENCHES = {
  boot: benchBoot,
  cpu: benchCpu,
  share: benchShare,
  disk: benchDisk,
  store: benchStore,
  encryption: benchEncryption,
  console: benchConsole,
  memory: benchMemory,
  volumes: benchVolumes,
  types: benchTypes,
  gate: benchGate,
  net: benchNet,
};
/** Long; run only when named. */
const SWEEPS = { jit: benchJit, transfer: benchTransfer, netsweep: benchNetSweep };
const ALL = { ...BENCHES, ...SWEEPS };

const asked = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const unknown = asked.filter((name) => !(name in ALL));
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(", ")}. There are: ${Object.keys(ALL).join(", ")}.`);
  process.exit(2);
}

const image = join(ROOT, "images", "tiny", "dist");
const scratch = await mkdtemp(join(tmpdir(), "tabvisor-bench-"));
const manifest = await assembleDisk(image, join(scratch, "disk.img"));
const server = await serve({
  "/": join(ROOT, "dist"),
  "/reference/": join(ROOT, "test", "bench", "reference"),
  "/reference/v86/": join(ROOT, "node_modules", "v86", "build"),
  "/reference/xterm/": join(ROOT, "node_modules", "@xterm", "xterm"),
  "/reference/image/": image,
  "/reference/disk/": scratch,
});

/** @type {{ bench: string, what: string, ours: number | null, reference: number | null, unit: string, ratio: number | null, target: string }[]} */
const rows = [];
const context = {
  session: new Session(server.url),
  manifest,
  referenceBoot: (memoryMiB, terminal = false) => ({
    memoryMiB,
    terminal,
    diskBytes: manifest.disk.bytes,
    commandLine: referenceCommandLine(manifest.commandLine),
  }),
  /** `ratio` is ours ÷ reference as the target reads it, or whatever `options.ratio` says; none over nothing. */
  add(bench, what, ours, reference, unit, options = {}) {
    const ratio = options.ratio ?? (ours === null || !reference ? null : ours / reference);
    const row = { bench, what, ours, reference, unit, ratio, target: options.target ?? "" };
    rows.push(row);
    console.log(line(row));
  },
};

/** Figures of a busy machine say little. */
const loadBefore = loadavg();

try {
  console.log(
    line({
      bench: "bench",
      what: "what",
      ours: "ours",
      reference: "reference",
      unit: "unit",
      ratio: "ratio",
      target: "target",
    }),
  );
  for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) await ALL[name](context);
} finally {
  await server.close();
  await rm(scratch, { recursive: true, force: true });
}

const results = join(ROOT, "test-results");
await mkdir(results, { recursive: true });
const file = join(results, "bench.json");
const machine = {
  cores: cpus().length,
  cpu: cpus()[0]?.model,
  node: process.version,
  loadBefore,
  loadAfter: loadavg(),
};
await writeFile(file, `${JSON.stringify({ date: new Date().toISOString(), machine, rows }, null, 2)}\n`);
console.log(`\nwritten to ${file}`);

/** The same kernel options, but for the disk and the console: the reference has IDE and a serial port. */
function referenceCommandLine(commandLine) {
  return commandLine.replace("root=/dev/vda", "root=/dev/sda").replace(/\s*console=hvc0/, "");
}

function line({ bench, what, ours, reference, unit, ratio, target }) {
  const show = (value) => (value === null ? "–" : typeof value === "number" ? String(round(value)) : value);
  return [
    bench.padEnd(8),
    what.padEnd(46),
    show(ours).padStart(9),
    show(reference).padStart(9),
    unit.padEnd(9),
    show(ratio).padStart(7),
    target,
  ].join(" ");
}
