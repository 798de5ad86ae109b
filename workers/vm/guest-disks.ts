import { CloudError } from "../../src/base/errors.ts";
import type { GrowResult } from "../../src/protocol/vm-contract.ts";
import type { GuestProgram, GuestProgramResult } from "./agent/guest-program.ts";
import { FREEZE, GROW, IN_USE, NAMES, RELEASE, RESCAN } from "./guest-scripts.ts";

/** Looking at 32 slots, or probing a disk: milliseconds, and the rest for a busy guest. */
const RESCAN_MS = 10_000;
/** Writes what the guest has cached of the disk, which may be of a slow type. */
const RELEASE_MS = 80_000;
/** Of a guest whose disk is taken by force little is expected. */
const FORCE_MS = 5_000;
/** A large file system on a slow volume type. */
const GROW_MS = 240_000;
/** Writes all that is cached first. */
const FREEZE_MS = 60_000;

/** Runs a program as root in the guest. Rejects with `Agent.…` when there is nobody to run it. */
export type RunInGuest = (program: GuestProgram) => Promise<GuestProgramResult>;

/** What in the guest keeps a disk from being taken. */
export interface DiskUse {
  readonly mountPoints: string[];
  readonly swaps: string[];
  /** Kernel devices on top of it: "dm-0", "loop3"; "kernel" for what does not show. */
  readonly holders: string[];
  /** Ids of processes that have it open. */
  readonly processes: string[];
}

/** The guest's side of the machine's disks, which are named by their PCI slots. */
export class GuestDisks {
  readonly #run: RunInGuest;

  constructor(run: RunInGuest) {
    this.#run = run;
  }

  /** Has the guest look for new disks; gives its name for the one in `slot`, `undefined` when it does not see it. */
  async rescan(slot: number): Promise<string | undefined> {
    const { exitCode, stdout } = await this.#script(RESCAN, [pciAddress(slot)], RESCAN_MS);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** The guest's names for its disks by slot, as far as it has them. */
  async names(slots: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const { stdout } = await this.#script(NAMES, slots.map(pciAddress), RESCAN_MS);
    const names = new Map(lines(stdout).map((line) => line.split(" ") as [string, string]));
    return new Map(
      slots.flatMap((slot) => {
        const name = names.get(pciAddress(slot));
        return name === undefined ? [] : [[slot, name] as const];
      }),
    );
  }

  /** Has the guest let go of a disk. Gives what uses it, and then nothing has changed; `undefined` when it is free. */
  async release(slot: number): Promise<DiskUse | undefined> {
    const result = await this.#script(RELEASE, [pciAddress(slot)], RELEASE_MS);
    if (result.exitCode === IN_USE) return parseUse(result.stdout);
    if (result.exitCode !== 0) throw failure("Volume.ReleaseFailed", "The guest could not let go of the disk", result);
    return undefined;
  }

  /** As `release`, though the disk is in use. */
  async forceRelease(slot: number): Promise<void> {
    await this.#script(RELEASE, [pciAddress(slot), "force"], FORCE_MS);
  }

  async grow(slot: number): Promise<GrowResult> {
    const result = await this.#script(GROW, [pciAddress(slot)], GROW_MS);
    if (result.exitCode !== 0) throw failure("Volume.GrowFailed", "The guest could not grow the file system", result);
    return { fileSystems: lines(result.stdout).map(parseGrown) };
  }

  /** Calls `whileFrozen` while the file systems of these disks stand still; they go on whatever happens. */
  async freeze(slots: readonly number[], whileFrozen: () => void): Promise<void> {
    let letGo = () => {};
    const stdin = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        letGo = () => controller.close();
      },
    });
    let called = false;
    const onStdout = (text: string) => {
      if (called || !text.startsWith("frozen\n")) return;
      called = true;
      try {
        whileFrozen();
      } finally {
        letGo();
      }
    };
    const result = await this.#run({
      ...command(FREEZE, slots.map(pciAddress)),
      timeoutMs: FREEZE_MS,
      stdin,
      onStdout,
    });
    if (result.exitCode === 0 && result.stdout === "frozen\nthawed\n") return;
    throw failure("Volume.FreezeFailed", "The guest's file systems could not be frozen for the snapshot", result);
  }

  #script(script: string, parameters: string[], timeoutMs: number): Promise<GuestProgramResult> {
    return this.#run({ ...command(script, parameters), timeoutMs });
  }
}

const command = (script: string, parameters: string[]) => ({ command: ["/bin/sh", "-c", script, "sh", ...parameters] });

/** Linux's name of function 0 of a slot on the only bus. */
function pciAddress(slot: number): string {
  return `0000:00:${slot.toString(16).padStart(2, "0")}.0`;
}

function parseUse(stdout: string): DiskUse {
  const of = (kind: string) =>
    lines(stdout)
      .filter((line) => line.startsWith(`${kind} `))
      .map((line) => line.slice(kind.length + 1));
  const mountPoints = of("mount").map(unescapePath);
  return { mountPoints, swaps: of("swap"), holders: of("holder"), processes: of("process") };
}

function parseGrown(line: string): GrowResult["fileSystems"][number] {
  const [type = "", before, beforeBlock, after, afterBlock, where = ""] = line.split(" ");
  return {
    mountPoint: unescapePath(where),
    type,
    beforeBytes: Number(before) * Number(beforeBlock),
    afterBytes: Number(after) * Number(afterBlock),
  };
}

/** proc(5): blanks, tabs, line feeds and backslashes stand as octal escapes. */
function unescapePath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

function failure(code: string, text: string, { exitCode, stderr, timedOut }: GuestProgramResult): CloudError {
  const why = timedOut ? "it took too long" : (lines(stderr).at(-1) ?? `exit status ${exitCode}`);
  return new CloudError(code, `${text}: ${why}.`, { exitCode, stderr, timedOut });
}
