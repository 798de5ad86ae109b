import * as v from "valibot";
import type { Contract } from "./contract.ts";
import { cryptoKeySchema } from "./crypto-key.ts";
import { encodedErrorSchema } from "./error-codec.ts";
import { imageManifestSchema } from "./image-manifest.ts";

/** What the page and the worker of one instance say to each other. */

const port = v.instance(MessagePort);
const bytes = v.instance(Uint8Array);
const nothing = v.void();
const ms = v.pipe(v.number(), v.minValue(0));

/**
 * How a machine starts. "kernel": the image's kernel is entered directly. "legacy-bios" (EC2's name): the BIOS starts
 * the boot loader on the root disk, or else the one on the CD-ROM.
 */
export const BOOT_MODES = ["kernel", "legacy-bios"] as const;
export type BootMode = (typeof BOOT_MODES)[number];

/** Where an image's files are: `url` ends in a slash and is absolute. No boot mode said: "kernel". */
export const imageRefSchema = v.object({
  url: v.string(),
  manifest: imageManifestSchema,
  bootMode: v.optional(v.picklist(BOOT_MODES)),
});
export type ImageRef = v.InferOutput<typeof imageRefSchema>;

/** The CD-ROM drive's place. What is in it can only be read, and stays while the machine runs. */
export const CDROM_PLACE = "sr0";
/** A disk's place on the machine: "vda" is the root's. The guest may call it otherwise: it counts as it finds them. */
const device = v.pipe(v.string(), v.regex(/^(?:vd[a-z]|sr0)$/));
const sizeBytes = v.pipe(v.number(), v.safeInteger(), v.minValue(512), v.multipleOf(512));
/** The guest's I/O waits in the device when it comes faster; it never fails for that. `null`: as fast as it goes. */
const limits = {
  /** Operations a second; flushes are free. */
  iops: v.nullable(v.pipe(v.number(), v.minValue(1))),
  bytesPerSecond: v.nullable(v.pipe(v.number(), v.minValue(4096))),
  /** What counts as one operation at most: 256 KiB where nothing is said. */
  ioBytes: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(4096))),
};
export const volumeLimitsSchema = v.object(limits);
export type VolumeLimits = v.InferOutput<typeof volumeLimitsSchema>;

/** A volume of the block store. */
export const attachedVolumeSchema = v.object({
  kind: v.optional(v.literal("volume")),
  volumeId: v.string(),
  device,
  readOnly: v.boolean(),
  /** Where the image that the volume stands on is now, when it is neither the machine's nor where it was. */
  imageUrl: v.optional(v.string()),
  /** AES-GCM, of an encrypted volume. */
  key: v.optional(cryptoKeySchema),
  limits: v.optional(volumeLimitsSchema),
});
export type AttachedVolume = v.InferOutput<typeof attachedVolumeSchema>;

/** A disk in the worker's memory (F44): it survives reboots, and is gone with the machine. */
export const instanceStoreSchema = v.object({
  kind: v.literal("instance-store"),
  /** What it holds at first; else it is blank. Null: the disk of the machine's image. */
  base: v.optional(
    v.object({
      snapshotId: v.nullable(v.string()),
      /** As an attached volume's. */
      imageUrl: v.optional(v.string()),
      key: v.optional(cryptoKeySchema),
    }),
  ),
  /** EC2's virtual name, "ephemeral0" and so on. */
  volumeId: v.string(),
  device,
  sizeBytes,
  limits: v.optional(volumeLimitsSchema),
});
export type InstanceStore = v.InferOutput<typeof instanceStoreSchema>;

export const machineDiskSchema = v.union([instanceStoreSchema, attachedVolumeSchema]);
export type MachineDisk = v.InferOutput<typeof machineDiskSchema>;

/** A network card, in its place: 0 is the primary interface's. The network has the interface of this id. */
export const machineInterfaceSchema = v.object({
  interfaceId: v.string(),
  macAddress: v.pipe(v.string(), v.regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/)),
  deviceIndex: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(7)),
});
export type MachineInterface = v.InferOutput<typeof machineInterfaceSchema>;

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
  /** At most one a device; "vda" must be there. */
  volumes: v.array(machineDiskSchema),
  /** At most one a device index; where there are any, one has index 0. None: the machine has no network card. */
  networkInterfaces: v.optional(v.array(machineInterfaceSchema)),
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
    bootMode: v.picklist(BOOT_MODES),
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
  /** What a guest that has come up with several disks calls them, e.g. "vdb", by volume. It need not be what it was. */
  v.object({ type: v.literal("disks"), names: v.record(v.string(), v.string()) }),
  /** The agent has gone (its process died, or the guest restarts). */
  v.object({ type: v.literal("agent-lost") }),
  /** The guest powered itself off; volumes are flushed and closed. */
  v.object({ type: v.literal("powered-off") }),
  /** The guest restarts. */
  v.object({ type: v.literal("restarted") }),
  /** The processor halted for good without powering off (`halt`). */
  v.object({ type: v.literal("halted") }),
  /** The BIOS found nothing to boot from. The machine goes on, with the BIOS's words on its screen. */
  v.object({ type: v.literal("not-bootable") }),
  /** The guest's kernel panicked; the machine is stopped. `message` is its first line. */
  v.object({ type: v.literal("panicked"), message: v.string() }),
  /** A disk request failed and the guest got an I/O error. */
  v.object({ type: v.literal("volume-error"), volumeId: v.string(), error: encodedErrorSchema }),
  /** The machine cannot go on. */
  v.object({ type: v.literal("failed"), error: encodedErrorSchema }),
]);
export type VmEvent = v.InferOutput<typeof vmEventSchema>;

export const attachResultSchema = v.object({
  /** The guest's name for the disk, e.g. "vdb", or the interface, e.g. "eth1". `null`: no agent answers there, so it sees the disk at its next boot. */
  guestDevice: v.nullable(v.string()),
});
export type AttachResult = v.InferOutput<typeof attachResultSchema>;

export const growResultSchema = v.object({
  /** Every mounted file system of the disk; `beforeBytes` equals `afterBytes` where there was nothing to grow. */
  fileSystems: v.array(
    v.object({ mountPoint: v.string(), type: v.string(), beforeBytes: v.number(), afterBytes: v.number() }),
  ),
});
export type GrowResult = v.InferOutput<typeof growResultSchema>;

const volume = { volumeId: v.string() };
/** `network`: by interface id, the machine's ends of its interfaces' ways to the network (`src/network/ports`). */
const machinePorts = v.object({
  events: port,
  consoleOut: port,
  network: v.optional(v.record(v.string(), port)),
});
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
    args: v.tuple([machineSpecSchema, machinePorts]),
    result: nothing,
    deadlineMs: 120_000,
  },
  /** As `boot`, from a saved machine. Rejects with `MachineState.Mismatch` when it does not fit. */
  restore: {
    args: v.tuple([machineSpecSchema, machineStateSchema, machinePorts]),
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

  // What is done to volumes has no deadline: the worker bounds every step of it, and the machine's end ends it. A caller
  // that gave up on the way would not know whether the machine has the volume.

  /**
   * Plugs a volume in while the guest runs: it sees it at once, through its agent; a guest that still boots is waited
   * for. Rejects with `InvalidParameterValue` when the device is taken, `VolumeInUse` when the volume is attached.
   */
  attachVolume: { args: v.tuple([attachedVolumeSchema]), result: attachResultSchema, deadlineMs: undefined },
  /**
   * Takes a volume from the running guest, with all it has written. Rejects with `VolumeInUse` while the guest has it
   * mounted, swaps on it or holds it (details: `mountPoints`, `swaps`, `holders`, `processes`), with
   * `Agent.Unavailable` when it cannot be asked, and with `OperationNotPermitted` for the root. `force` takes it away
   * regardless: what the guest has not written yet fails there. `InvalidAttachment.NotFound`: it is not attached;
   * `Volume.ReleaseFailed`: the guest could not write what it had cached.
   */
  detachVolume: {
    args: v.tuple([v.object({ ...volume, force: v.boolean() })]),
    result: nothing,
    deadlineMs: undefined,
  },
  /** Grows a volume and tells the guest: the new capacity is there when this resolves. */
  resizeVolume: { args: v.tuple([v.object({ ...volume, sizeBytes })]), result: nothing, deadlineMs: undefined },
  /**
   * Has the guest grow the mounted file systems of a volume to the volume's size (of its partition, where it is on one).
   * `Volume.NotMounted`: there are none; `Volume.GrowFailed`: one of them cannot be grown.
   */
  growFileSystem: { args: v.tuple([v.object(volume)]), result: growResultSchema, deadlineMs: undefined },
  /**
   * Snapshots volumes at one point in time: what was acknowledged to the guest by then is in, nothing later. `freeze`:
   * their file systems are brought to a consistent state for that moment; `Volume.FreezeFailed` where one cannot be.
   */
  snapshotVolumes: {
    args: v.tuple([
      v.object({ volumes: v.array(v.object({ ...volume, snapshotId: v.string() })), freeze: v.boolean() }),
    ]),
    result: nothing,
    deadlineMs: undefined,
  },
  setVolumeLimits: { args: v.tuple([v.object({ ...volume, ...limits })]), result: nothing, deadlineMs: 10_000 },

  /**
   * Plugs a network card in while the guest runs: it sees it at once, through its agent, and has to set it up. Rejects with
   * `InvalidParameterValue` when the device index is taken.
   */
  attachInterface: { args: v.tuple([machineInterfaceSchema, port]), result: attachResultSchema, deadlineMs: undefined },
  /**
   * Takes a network card from the running guest. Rejects with `OperationNotPermitted` for the one at index 0, with
   * `NetworkInterface.ReleaseFailed` or `Agent.Unavailable` when the guest does not let go of it; `force` takes it away
   * regardless. `InvalidAttachment.NotFound`: it is not attached.
   */
  detachInterface: {
    args: v.tuple([v.object({ interfaceId: v.string(), force: v.boolean() })]),
    result: nothing,
    deadlineMs: undefined,
  },
  /** Gives an interface another way to the network, whose worker has been started anew. What was on its way is lost. */
  reconnectInterface: { args: v.tuple([v.string(), port]), result: nothing, deadlineMs: 10_000 },

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
