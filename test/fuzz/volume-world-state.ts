import { expect } from "vitest";
import type { CloudError } from "../../src/base/errors.ts";
import { SECTOR_BYTES } from "../../src/blockstore/geometry.ts";
import { openSnapshot } from "../../src/blockstore/open-volume.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { DriveModel, type Stamp, stampsOf } from "./drive-model.ts";
import type { FuzzRun } from "./harness.ts";
import { Drive, type DriveBackend } from "./volume-drive.ts";
import { type FakeImage, SECTORS_PER_BLOCK as PER_BLOCK, zones } from "./volume-fuzz.ts";

/** Bounds on what one run keeps at a time: enough for chains, branches and several writers. */
export const MOST_DRIVES = 4;
export const MOST_SNAPSHOTS = 7;
export const MOST_SECTORS = 14 * PER_BLOCK;
export const MOST_COLLECTIONS = 2;

export interface WorldDrive {
  readonly drive: Drive;
  /** An action is under way that nothing else may happen beside. */
  busy: boolean;
  /** What the volume may be after a crash, besides what the model says; `undefined`: not there. */
  maybe: { readonly other: DriveModel | undefined } | undefined;
  /** Sectors that it may have after a crash. */
  growing: number | undefined;
}

export interface WorldSnapshot {
  readonly id: string;
  readonly image: FakeImage | undefined;
  /** What each sector may hold; one stamp once it was read. */
  possible: ReadonlySet<Stamp>[];
  busy: boolean;
  deleting: boolean;
}

/** A snapshot that is being made. */
export interface Pending {
  readonly snapshot: WorldSnapshot;
  /** The model's flush: what the snapshot has is durable. */
  readonly durable: () => void;
}

/** Volumes and snapshots of one database, with a model of each. */
export class WorldState {
  readonly backend: DriveBackend;
  readonly run: FuzzRun;
  readonly drives = new Map<string, WorldDrive>();
  readonly snapshots = new Map<string, WorldSnapshot>();
  readonly pending = new Set<Pending>();
  readonly underWay = new Set<Promise<void>>();
  /** For what is done to no volume in particular. */
  readonly control: Drive;
  /** What was done, by kind: a world in which nothing happens tests nothing. */
  readonly #done = new Map<string, number>();
  #failure: unknown;
  collections = 0;
  names = 0;

  constructor(backend: DriveBackend, run: FuzzRun) {
    this.backend = backend;
    this.run = run;
    this.control = new Drive(backend, run, undefined, new DriveModel([0]));
  }

  count(what: string, times = 1): void {
    this.#done.set(what, (this.#done.get(what) ?? 0) + times);
  }

  /** Throws what something that runs beside everything has found. */
  checkUnderWay(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  get surroundings() {
    const { openStore, locks } = this.backend;
    return { openStore, locks, random: this.run.random, clock: { now: () => 0, setTimer: () => () => undefined } };
  }

  get database() {
    return { database: this.backend.database };
  }

  name(prefix: string): string {
    return `${prefix}-${++this.names}`;
  }

  someSectors(least: number): number {
    const { random } = this.run;
    const blocks = Math.ceil(least / PER_BLOCK);
    return Math.min(MOST_SECTORS, Math.max(least, (blocks + random.int(4)) * PER_BLOCK + random.pick([0, 1, 8, 63])));
  }

  add(id: string, image: FakeImage | undefined, model: DriveModel): Drive {
    const drive = new Drive(this.backend, this.run, image, model, id);
    this.drives.set(id, { drive, busy: false, maybe: undefined, growing: undefined });
    return drive;
  }

  pick<T>(all: Iterable<T>, fits: (item: T) => boolean): T | undefined {
    const fitting = [...all].filter(fits);
    return fitting.length === 0 ? undefined : this.run.random.pick(fitting);
  }

  pickOpen(): WorldDrive | undefined {
    return this.pick(this.drives.values(), ({ drive, busy }) => drive.isOpen && !busy);
  }

  pickClosed(): WorldDrive | undefined {
    return this.pick(this.drives.values(), ({ drive, busy }) => !drive.isOpen && !busy);
  }

  pickSnapshot(): WorldSnapshot | undefined {
    return this.pick(this.snapshots.values(), ({ busy }) => !busy);
  }

  /** Runs beside everything else. */
  start(work: () => Promise<void>): void {
    const running = work()
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => this.underWay.delete(running));
    this.underWay.add(running);
  }

  async settle(): Promise<void> {
    for (const { drive } of this.drives.values()) await drive.settle();
    await Promise.all(this.underWay);
    this.checkUnderWay();
  }

  made({ snapshot, durable }: Pending): void {
    this.count("snapshots");
    durable();
    this.snapshots.set(snapshot.id, snapshot);
  }

  closedAction(target: WorldDrive, work: (address: { database: string; volumeId: string }) => Promise<void>): void {
    target.busy = true;
    this.start(async () => {
      await work({ ...this.database, volumeId: target.drive.volumeId });
      target.busy = false;
    });
  }

  /** A snapshot that is not deleted meanwhile. */
  holding(
    snapshot: WorldSnapshot,
    target: WorldDrive,
    work: (address: { database: string; volumeId: string }) => Promise<void>,
  ): void {
    snapshot.busy = true;
    this.closedAction(target, async (address) => {
      await work(address);
      snapshot.busy = false;
    });
  }

  async checkSnapshot(snapshot: WorldSnapshot): Promise<void> {
    this.run.log(`check ${snapshot.id}`);
    const image = snapshot.image === undefined ? {} : { image: snapshot.image.base };
    const opened = openSnapshot({
      ...this.database,
      snapshotId: snapshot.id,
      ...this.surroundings,
      ...image,
      ...this.control.key,
    });
    const found = await this.readDisk(opened, snapshot.possible.length, snapshot);
    found?.forEach((stamp, sector) => {
      if (snapshot.possible[sector]?.has(stamp)) return;
      const possible = [...(snapshot.possible[sector] ?? [])];
      throw new Error(`sector ${sector} of ${snapshot.id} holds ${stamp}, not ${possible}`);
    });
    if (found !== undefined) this.count("checks");
    if (found !== undefined) snapshot.possible = found.map((stamp) => new Set([stamp]));
  }

  /** `undefined`: a fault, a crash, or a snapshot that was deleted meanwhile. */
  async readDisk(opened: Promise<Volume>, sectors: number, snapshot?: WorldSnapshot): Promise<Stamp[] | undefined> {
    let found: Stamp[] | undefined;
    const gone = () => snapshot?.deleting ?? false;
    const read = async () => {
      const disk = await opened;
      try {
        expect(disk.sizeBytes).toBe(zones.diskSectors(sectors) * SECTOR_BYTES);
        found = await readStamps(disk, sectors);
      } finally {
        await disk.close();
      }
    };
    const outcome = await this.control.survives(
      read().catch((error: CloudError) => {
        if (!(gone() && /^(InvalidSnapshot|Volume)\./.test(error.code))) throw error;
      }),
    );
    return outcome === "done" ? found : undefined;
  }

  get summary(): string {
    return [...this.#done].map(([what, times]) => `${times} ${what}`).join(", ");
  }
}

export const isKnown = ({ possible }: WorldSnapshot) => possible.every(({ size }) => size === 1);

/** A drive that begins as a snapshot, and may be larger. */
export function modelOf({ possible }: WorldSnapshot, sectors: number): DriveModel {
  return new DriveModel(Array.from({ length: sectors }, (_, sector) => [...(possible[sector] ?? [0])][0] as Stamp));
}

export const same = (a: readonly Stamp[], b: readonly Stamp[]) =>
  a.length === b.length && a.every((stamp, i) => stamp === b[i]);

/** The model's sectors on a disk of this size. */
export function sectorsOf(disk: Volume): number {
  let sectors = 1;
  while (zones.diskSectors(sectors) * SECTOR_BYTES < disk.sizeBytes) sectors++;
  return sectors;
}

export async function readStamps(disk: Volume, sectors: number): Promise<Stamp[]> {
  const stamps: Stamp[] = [];
  for (const { first, count } of zones.runs(sectors)) {
    const at = zones.toDisk(first);
    stamps.push(...stampsOf(await disk.read(at * SECTOR_BYTES, count * SECTOR_BYTES), at));
  }
  return stamps;
}
