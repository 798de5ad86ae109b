import * as v from "valibot";
import type { Contract } from "./contract.ts";
import { encodedErrorSchema } from "./error-codec.ts";
import { imageManifestSchema } from "./image-manifest.ts";

/** What the page and the worker of one instance say to each other. */

const port = v.instance(MessagePort);
const bytes = v.instance(Uint8Array);
const nothing = v.void();
const ms = v.pipe(v.number(), v.minValue(0));

/** Where an image's files are: `url` ends in a slash and is absolute. */
export const imageRefSchema = v.object({ url: v.string(), manifest: imageManifestSchema });
export type ImageRef = v.InferOutput<typeof imageRefSchema>;

export const attachedVolumeSchema = v.object({
  volumeId: v.string(),
  /** PCI slot order: "vda" is the first disk, and so on. */
  device: v.pipe(v.string(), v.regex(/^vd[a-z]$/)),
  readOnly: v.boolean(),
});
export type AttachedVolume = v.InferOutput<typeof attachedVolumeSchema>;

export const machineSpecSchema = v.object({
  instanceId: v.string(),
  /** EC2's private DNS form, "ip-10-0-0-5": the guest's host name at first boot. */
  hostname: v.string(),
  memoryMiB: v.pipe(v.number(), v.safeInteger(), v.minValue(16)),
  /** Share of one host core, in (0, 1]. Below 1 it applies once the guest is ready, so that booting is not slowed. */
  cpuShare: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  image: imageRefSchema,
  /** The IndexedDB database that holds the volumes. */
  database: v.string(),
  volumes: v.array(attachedVolumeSchema),
});
export type MachineSpec = v.InferOutput<typeof machineSpecSchema>;

/** A saved machine: header to check, and opaque parts to hand back. */
export const machineStateSchema = v.object({
  header: v.object({
    formatVersion: v.literal(1),
    v86Version: v.string(),
    memoryMiB: v.number(),
    vgaMemoryBytes: v.number(),
    /** Every device of ours with its PCI slot, in a canonical order. */
    devices: v.array(v.string()),
    instanceId: v.string(),
    kernelSha256: v.string(),
    savedAt: v.string(),
  }),
  cpu: v.instance(ArrayBuffer),
  devices: v.record(v.string(), v.unknown()),
});
export type MachineState = v.InferOutput<typeof machineStateSchema>;

export const execRequestSchema = v.object({
  /** Run through `/bin/sh -c` when a string, else as an argument vector. */
  command: v.union([v.string(), v.array(v.string())]),
  cwd: v.optional(v.string()),
  env: v.optional(v.record(v.string(), v.string())),
  /** A user name of the guest; root when absent. */
  user: v.optional(v.string()),
  /** SIGTERM after so long, SIGKILL two seconds later. No limit when absent. */
  timeoutMs: v.optional(ms),
  hasStdin: v.boolean(),
});
export type ExecRequest = v.InferOutput<typeof execRequestSchema>;

export const execResultSchema = v.object({
  /** The exit status, 0–255; 128 + n when signal n ended it (as a shell says it). */
  exitCode: v.number(),
  /** "SIGTERM", … when a signal ended it. */
  signal: v.nullable(v.string()),
  timedOut: v.boolean(),
});
export type ExecResult = v.InferOutput<typeof execResultSchema>;

/** How a boot went on: for progress bars and for the benchmark's "where the time goes". */
export const BOOT_PHASES = ["worker", "wasm", "download", "bios", "kernel", "init", "login"] as const;
export type BootPhase = (typeof BOOT_PHASES)[number];

/** What the worker tells the page without being asked, over its event port. */
export const vmEventSchema = v.variant("type", [
  /** A phase has begun (ms since the epoch, so that both threads' clocks agree). */
  v.object({ type: v.literal("phase"), phase: v.picklist(BOOT_PHASES), atEpochMs: v.number() }),
  /** Bytes of the image fetched over the network so far, and how many the boot is known to need. */
  v.object({ type: v.literal("download"), loadedBytes: v.number(), totalBytes: v.number() }),
  /** The guest agent is connected and answers. */
  v.object({ type: v.literal("ready"), agentVersion: v.number() }),
  /** The agent has gone (its process died, or the guest restarts). */
  v.object({ type: v.literal("agent-lost") }),
  /** The guest powered itself off; volumes are flushed and closed. */
  v.object({ type: v.literal("powered-off") }),
  /** The guest restarts. */
  v.object({ type: v.literal("restarted") }),
  /** The processor halted for good without powering off (`halt`). */
  v.object({ type: v.literal("halted") }),
  /** The guest's kernel panicked; the machine is stopped. `message` is its first line. */
  v.object({ type: v.literal("panicked"), message: v.string() }),
  /** A disk request failed and the guest got an I/O error. */
  v.object({ type: v.literal("volume-error"), volumeId: v.string(), error: encodedErrorSchema }),
  /** The machine cannot go on. */
  v.object({ type: v.literal("failed"), error: encodedErrorSchema }),
]);
export type VmEvent = v.InferOutput<typeof vmEventSchema>;

const bootTimings = v.record(v.string(), v.number());

export const vmContract = {
  /** Loads v86 and compiles its WebAssembly, or takes the module compiled by another worker; gives the module. */
  prepare: {
    args: v.tuple([v.nullable(v.instance(WebAssembly.Module))]),
    result: v.object({ module: v.instance(WebAssembly.Module), timings: bootTimings }),
    deadlineMs: 60_000,
  },
  /** Fetches an image's kernel, BIOS and boot chunks into the cache ahead of a launch. */
  prefetch: { args: v.tuple([imageRefSchema]), result: nothing, deadlineMs: undefined },
  /**
   * Builds the machine and starts it. `events` carries `VmEvent`s; `consoleOut` carries the console's bytes
   * (a port stream: the machine is paused while the reader grants no credit). Resolves when the processor runs.
   */
  boot: {
    args: v.tuple([machineSpecSchema, v.object({ events: port, consoleOut: port })]),
    result: nothing,
    deadlineMs: 120_000,
  },
  /** As `boot`, from a saved machine. Rejects with `MachineState.Mismatch` when it does not fit. */
  restore: {
    args: v.tuple([machineSpecSchema, machineStateSchema, v.object({ events: port, consoleOut: port })]),
    result: nothing,
    deadlineMs: 120_000,
  },
  /** Quiesces the devices, flushes the volumes, saves the machine. The machine is paused afterwards. */
  save: { args: v.tuple([]), result: machineStateSchema, deadlineMs: 60_000, transferResult: true },
  /** Goes on after `save`. */
  resume: { args: v.tuple([]), result: nothing, deadlineMs: 10_000 },
  /** Cuts the power: stops the processor, flushes what the guest had written to its disks, closes them. */
  powerOff: { args: v.tuple([]), result: nothing, deadlineMs: 60_000 },
  /** The reset button: a hard reboot. */
  reset: { args: v.tuple([]), result: nothing, deadlineMs: 10_000 },
  setCpuShare: { args: v.tuple([v.number()]), result: nothing, deadlineMs: 10_000 },
  /** Resolves when the guest has room for it all: the sender must await it before it sends more. */
  consoleWrite: { args: v.tuple([bytes]), result: nothing, deadlineMs: undefined },
  consoleResize: { args: v.tuple([v.number(), v.number()]), result: nothing, deadlineMs: 10_000 },

  /** Runs a program in the guest. Ports are port streams; `control` takes `{ signal: "SIGINT" }` messages. */
  exec: {
    args: v.tuple([
      execRequestSchema,
      v.object({ stdin: v.nullable(port), stdout: port, stderr: port, control: port }),
    ]),
    result: execResultSchema,
    deadlineMs: undefined,
  },
  readFile: { args: v.tuple([v.string(), port]), result: nothing, deadlineMs: undefined },
  /** Writes a whole file (to a temporary name, fsync, rename); `mode` is its permission bits. */
  writeFile: {
    args: v.tuple([v.string(), v.object({ mode: v.number() }), port]),
    result: nothing,
    deadlineMs: undefined,
  },
  /** Asks the guest to power off in order; resolves when the agent has accepted. */
  shutdown: { args: v.tuple([]), result: nothing, deadlineMs: 10_000 },
  /** Asks the guest to reboot in order; resolves when the agent has accepted. */
  reboot: { args: v.tuple([]), result: nothing, deadlineMs: 10_000 },
  setClock: { args: v.tuple([v.number()]), result: nothing, deadlineMs: 10_000 },
  /** Round trip through the agent. */
  ping: { args: v.tuple([]), result: nothing, deadlineMs: 10_000 },
  /** Counters of the machine's devices, for the benchmark and for diagnosis. */
  stats: { args: v.tuple([]), result: v.record(v.string(), v.number()), deadlineMs: 10_000 },
} satisfies Contract;

export type VmContract = typeof vmContract;
