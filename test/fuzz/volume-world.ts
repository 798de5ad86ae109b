import { expect } from "vitest";
import type { CloudError } from "../../src/base/errors.ts";
import { collectGarbage } from "../../src/blockstore/collect-garbage.ts";
import { layerKind, snapshotKind } from "../../src/blockstore/disk-records.ts";
import { BLOCK_BYTES, SECTOR_BYTES } from "../../src/blockstore/geometry.ts";
import { isPinned, readGraph } from "../../src/blockstore/layer-graph.ts";
import { openSnapshot, openVolume } from "../../src/blockstore/open-volume.ts";
import { deleteSnapshot, rollbackVolume, snapshotVolume } from "../../src/blockstore/snapshots.ts";
import { databaseUsage } from "../../src/blockstore/usage.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { createVolume, deleteVolume, resizeVolume } from "../../src/blockstore/volumes.ts";
import { recordStore } from "../../src/store/records.ts";
import { DriveModel, type Stamp, stampsOf } from "./drive-model.ts";
import type { FuzzRun } from "./harness.ts";
import { Drive, type DriveBackend } from "./volume-drive.ts";
import { type FakeImage, fakeImage, SECTORS_PER_BLOCK as PER_BLOCK, turns, zones } from "./volume-fuzz.ts";

/** Bounds on what one run keeps at a time: enough for chains, branches and several writers. */
const MOST_DRIVES = 4;
const MOST_SNAPSHOTS = 7;
const MOST_SECTORS = 14 * PER_BLOCK;
const MOST_COLLECTIONS = 2;

interface WorldDrive {
  readonly drive: Drive;
  /** An action is under way that nothing else may happen beside. */
  busy: boolean;
  /** What the volume may be after a crash, besides what the model says; `undefined`: not there. */
  maybe: { readonly other: DriveModel | undefined } | undefined;
  /** Sectors that it may have after a crash. */
  growing: number | undefined;
}

interface WorldSnapshot {
  readonly id: string;
  readonly image: FakeImage | undefined;
  /** What each sector may hold; one stamp once it was read. */
  possible: ReadonlySet<Stamp>[];
  busy: boolean;
  deleting: boolean;
}

/** A snapshot that is being made. */
interface Pending {
  readonly snapshot: WorldSnapshot;
  /** The model's flush: what the snapshot has is durable. */
  readonly durable: () => void;
}

/** Volumes and snapshots of one database, with a model of each, and collections of garbage beside everything. */
class World {
  readonly #backend: DriveBackend;
  readonly #run: FuzzRun;
  readonly #drives = new Map<string, WorldDrive>();
  readonly #snapshots = new Map<string, WorldSnapshot>();
  readonly #pending = new Set<Pending>();
  readonly #underWay = new Set<Promise<void>>();
  /** For what is done to no volume in particular. */
  readonly #control: Drive;
  /** What was done, by kind: a world in which nothing happens tests nothing. */
  readonly #done = new Map<string, number>();
  #failure: unknown;
  #collections = 0;
  #names = 0;

  constructor(backend: DriveBackend, run: FuzzRun) {
    this.#backend = backend;
    this.#run = run;
    this.#control = new Drive(backend, run, undefined, new DriveModel([0]));
  }

  #count(what: string, times = 1): void {
    this.#done.set(what, (this.#done.get(what) ?? 0) + times);
  }

  /** Throws what something that runs beside everything has found. */
  checkUnderWay(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  get #surroundings() {
    const { openStore, locks } = this.#backend;
    return { openStore, locks, random: this.#run.random, clock: { now: () => 0, setTimer: () => () => undefined } };
  }

  get #database() {
    return { database: this.#backend.database };
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Makes a volume when there is room for one, over an image or over nothing. */
  async create(): Promise<void> {
    const { random } = this.#run;
    if (this.#drives.size < MOST_DRIVES) {
      this.#control.clearFaults();
      const onImage = random.chance(0.5);
      const sectors = this.#someSectors(3 * PER_BLOCK);
      const image = onImage ? await fakeImage(random, Math.min(sectors, random.between(2, 8) * PER_BLOCK)) : undefined;
      const id = this.#name("vol");
      const sizeBytes = zones.diskSectors(sectors) * SECTOR_BYTES;
      const address = { ...this.#database, volumeId: id };
      await createVolume(
        { ...address, sizeBytes, image: image?.image ?? null, ...this.#control.key },
        this.#surroundings,
      );
      const initial = Array.from({ length: sectors }, (_, sector) => image?.stamps[sector] ?? 0);
      this.#run.log(`${id}: ${sectors} sectors, image of ${image?.stamps.length ?? 0}`);
      await this.#add(id, image, new DriveModel(initial)).open();
    }
  }

  #name(prefix: string): string {
    return `${prefix}-${++this.#names}`;
  }

  #someSectors(least: number): number {
    const { random } = this.#run;
    const blocks = Math.ceil(least / PER_BLOCK);
    return Math.min(MOST_SECTORS, Math.max(least, (blocks + random.int(4)) * PER_BLOCK + random.pick([0, 1, 8, 63])));
  }

  #add(id: string, image: FakeImage | undefined, model: DriveModel): Drive {
    const drive = new Drive(this.#backend, this.#run, image, model, id);
    this.#drives.set(id, { drive, busy: false, maybe: undefined, growing: undefined });
    return drive;
  }

  #pick<T>(all: Iterable<T>, fits: (item: T) => boolean): T | undefined {
    const fitting = [...all].filter(fits);
    return fitting.length === 0 ? undefined : this.#run.random.pick(fitting);
  }

  #pickOpen(): WorldDrive | undefined {
    return this.#pick(this.#drives.values(), ({ drive, busy }) => drive.isOpen && !busy);
  }

  #pickClosed(): WorldDrive | undefined {
    return this.#pick(this.#drives.values(), ({ drive, busy }) => !drive.isOpen && !busy);
  }

  #pickSnapshot(): WorldSnapshot | undefined {
    return this.#pick(this.#snapshots.values(), ({ busy }) => !busy);
  }

  /** Runs beside everything else. */
  #start(work: () => Promise<void>): void {
    const running = work()
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }

  async settle(): Promise<void> {
    for (const { drive } of this.#drives.values()) await drive.settle();
    await Promise.all(this.#underWay);
    this.checkUnderWay();
  }

  async request(action: "write" | "read" | "flush" | "discard"): Promise<void> {
    const target = this.#pickOpen();
    if (target === undefined) return;
    this.#run.log(`on ${target.drive.volumeId}:`);
    target.drive[action]();
    if (target.drive.underWay > 10) await target.drive.settle();
  }

  /** Of one volume, or of two in one go. */
  snapshot(): void {
    const count = this.#run.random.pick([1, 1, 2]);
    const targets = [...this.#drives.values()].filter(({ drive, busy }) => drive.isOpen && !busy).slice(0, count);
    for (const target of targets)
      if (this.#snapshots.size + this.#pending.size < MOST_SNAPSHOTS) this.#snapshotOpen(target);
  }

  #snapshotOpen(target: WorldDrive): void {
    const { drive } = target;
    const { model } = drive;
    const id = this.#name("snap");
    this.#run.log(`${id} of ${drive.volumeId}`);
    // The disk may have grown already, and the model hear of it in a moment.
    const sectors = sectorsOf(drive.volume);
    const possible = Array.from({ length: sectors }, (_, sector) => {
      return new Set(sector < model.sectors ? model.readable(sector) : [0]);
    });
    const snapshot: WorldSnapshot = { id, image: drive.image, possible, busy: false, deleting: false };
    const pending = { snapshot, durable: model.beginFlush() };
    this.#pending.add(pending);
    const made = drive.volume.snapshot(id);
    // On the drive's own list: it is not closed before.
    drive.start(async () => {
      const outcome = await drive.survives(made, "SnapshotCreationPerVolumeRateExceeded");
      if (outcome === "lost") return;
      this.#pending.delete(pending);
      if (outcome === "done") this.#made(pending);
    });
  }

  #made({ snapshot, durable }: Pending): void {
    this.#count("snapshots");
    durable();
    this.#snapshots.set(snapshot.id, snapshot);
  }

  snapshotClosed(): void {
    const target = this.#pickClosed();
    if (target === undefined || this.#snapshots.size + this.#pending.size >= MOST_SNAPSHOTS) return;
    const { drive } = target;
    const id = this.#name("snap");
    this.#run.log(`${id} of ${drive.volumeId}, closed`);
    const possible = drive.model.stamps.map((stamp) => new Set([stamp]));
    const snapshot: WorldSnapshot = { id, image: drive.image, possible, busy: false, deleting: false };
    const pending = { snapshot, durable: () => undefined };
    this.#pending.add(pending);
    this.#closedAction(target, async (address) => {
      const made = snapshotVolume({ ...address, snapshotId: id }, this.#surroundings);
      const outcome = await drive.survives(made);
      if (outcome === "lost") return;
      this.#pending.delete(pending);
      if (outcome === "done") this.#made(pending);
    });
  }

  #closedAction(target: WorldDrive, work: (address: { database: string; volumeId: string }) => Promise<void>): void {
    target.busy = true;
    this.#start(async () => {
      await work({ ...this.#database, volumeId: target.drive.volumeId });
      target.busy = false;
    });
  }

  async clone(): Promise<void> {
    const source = this.#pickSnapshot();
    if (source === undefined || this.#drives.size >= MOST_DRIVES) return;
    await this.#check(source);
    if (!this.#snapshots.has(source.id) || !isKnown(source)) return;
    const id = this.#name("vol");
    const sectors = this.#someSectors(source.possible.length);
    this.#run.log(`${id} from ${source.id}, ${sectors} sectors`);
    const sizeBytes = zones.diskSectors(sectors) * SECTOR_BYTES;
    this.#add(id, source.image, modelOf(source, sectors));
    const target = this.#drives.get(id) as WorldDrive;
    target.maybe = { other: undefined };
    this.#holding(source, target, async (address) => {
      const made = createVolume({ ...address, sizeBytes, image: null, snapshotId: source.id }, this.#surroundings);
      const outcome = await target.drive.survives(made);
      if (outcome === "lost") return;
      if (outcome === "failed") this.#drives.delete(id);
      target.maybe = undefined;
    });
  }

  /** A snapshot that is not deleted meanwhile. */
  #holding(
    snapshot: WorldSnapshot,
    target: WorldDrive,
    work: (address: { database: string; volumeId: string }) => Promise<void>,
  ): void {
    snapshot.busy = true;
    this.#closedAction(target, async (address) => {
      await work(address);
      snapshot.busy = false;
    });
  }

  async rollback(): Promise<void> {
    const target = this.#pickClosed();
    const source = this.#pick(this.#snapshots.values(), ({ busy, image }) => !busy && image === target?.drive.image);
    if (target === undefined || source === undefined) return;
    target.busy = true;
    await this.#check(source);
    target.busy = false;
    if (!this.#snapshots.has(source.id) || !isKnown(source) || target.drive.isOpen) return;
    this.#run.log(`${target.drive.volumeId} back to ${source.id}`);
    const other = modelOf(source, Math.max(source.possible.length, target.drive.model.sectors));
    target.maybe = { other };
    this.#holding(source, target, async (address) => {
      const done = rollbackVolume({ ...address, snapshotId: source.id }, this.#surroundings);
      const outcome = await target.drive.survives(done);
      if (outcome === "lost") return;
      if (outcome === "done") target.drive.model = other;
      this.#count("rollbacks");
      target.maybe = undefined;
    });
  }

  deleteVolume(): void {
    const target = this.#pickClosed();
    if (target === undefined) return;
    this.#run.log(`delete ${target.drive.volumeId}`);
    target.maybe = { other: undefined };
    this.#closedAction(target, async (address) => {
      const outcome = await target.drive.survives(deleteVolume(address, this.#surroundings));
      if (outcome === "lost") return;
      if (outcome === "done") this.#drives.delete(address.volumeId);
      target.maybe = undefined;
    });
  }

  deleteSnapshot(): void {
    const target = this.#pickSnapshot();
    if (target === undefined) return;
    this.#run.log(`delete ${target.id}`);
    target.busy = true;
    target.deleting = true;
    this.#start(async () => {
      const done = deleteSnapshot({ ...this.#database, snapshotId: target.id }, this.#surroundings);
      const outcome = await this.#control.survives(done);
      if (outcome === "lost") return;
      if (outcome === "done") this.#snapshots.delete(target.id);
      target.busy = false;
      target.deleting = outcome === "done";
    });
  }

  resize(): void {
    const target = this.#pick(this.#drives.values(), ({ busy, growing }) => !busy && growing === undefined);
    if (target === undefined) return;
    const { drive } = target;
    const sectors = this.#someSectors(drive.model.sectors);
    if (sectors === drive.model.sectors) return;
    this.#run.log(`${drive.volumeId} grows to ${sectors} sectors`);
    target.growing = sectors;
    const sizeBytes = zones.diskSectors(sectors) * SECTOR_BYTES;
    const settle = (outcome: "done" | "failed" | "lost") => {
      if (outcome === "lost") return;
      target.growing = undefined;
      if (outcome === "done") drive.model.grow(sectors);
    };
    if (drive.isOpen) {
      const grown = drive.volume.resize(sizeBytes);
      drive.start(async () => settle(await drive.survives(grown)));
    } else {
      this.#closedAction(target, async (address) => {
        settle(await drive.survives(resizeVolume({ ...address, sizeBytes }, this.#surroundings)));
      });
    }
  }

  async openOrClose(): Promise<void> {
    const target = this.#pick(this.#drives.values(), ({ busy }) => !busy);
    if (target === undefined) return;
    this.#run.log(`${target.drive.isOpen ? "close" : "open"} ${target.drive.volumeId}`);
    if (target.drive.isOpen) await target.drive.close();
    else {
      this.#control.clearFaults();
      await target.drive.open();
    }
  }

  collect(): void {
    if (this.#collections >= MOST_COLLECTIONS) return;
    this.#collections++;
    const { random, log } = this.#run;
    const step = { moves: random.between(1, 4), pages: random.between(1, 3) };
    const controller = new AbortController();
    if (random.chance(0.2)) void turns(random.int(500)).then(() => controller.abort());
    log("collect garbage");
    this.#start(async () => {
      const collected = collectGarbage({ ...this.#database, step, signal: controller.signal }, this.#surroundings);
      await this.#control.survives(
        collected.then((totals) => {
          log(`collected ${JSON.stringify(totals)}`);
          for (const [what, count] of Object.entries(totals)) this.#count(what, count);
        }),
      );
      this.#collections--;
    });
  }

  /** Reads a snapshot, or a volume that nobody has open, beside everything else. */
  check(): void {
    const { random } = this.#run;
    const snapshot = random.chance(0.7) ? this.#pickSnapshot() : undefined;
    if (snapshot !== undefined) {
      this.#start(() => this.#check(snapshot));
      return;
    }
    const closed = this.#pickClosed();
    if (closed === undefined) return;
    this.#closedAction(closed, async (address) => {
      this.#run.log(`check ${address.volumeId}`);
      const { drive } = closed;
      const image = drive.image === undefined ? {} : { image: drive.image.base };
      const opened = openVolume({ ...address, ...this.#surroundings, ...image, ...this.#control.key, readOnly: true });
      const found = await this.#readDisk(opened, drive.model.sectors);
      if (found !== undefined) expect(found).toEqual(drive.model.stamps);
    });
  }

  async #check(snapshot: WorldSnapshot): Promise<void> {
    this.#run.log(`check ${snapshot.id}`);
    const image = snapshot.image === undefined ? {} : { image: snapshot.image.base };
    const opened = openSnapshot({
      ...this.#database,
      snapshotId: snapshot.id,
      ...this.#surroundings,
      ...image,
      ...this.#control.key,
    });
    const found = await this.#readDisk(opened, snapshot.possible.length, snapshot);
    found?.forEach((stamp, sector) => {
      if (snapshot.possible[sector]?.has(stamp)) return;
      const possible = [...(snapshot.possible[sector] ?? [])];
      throw new Error(`sector ${sector} of ${snapshot.id} holds ${stamp}, not ${possible}`);
    });
    if (found !== undefined) this.#count("checks");
    if (found !== undefined) snapshot.possible = found.map((stamp) => new Set([stamp]));
  }

  /** `undefined`: a fault, a crash, or a snapshot that was deleted meanwhile. */
  async #readDisk(opened: Promise<Volume>, sectors: number, snapshot?: WorldSnapshot): Promise<Stamp[] | undefined> {
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
    const outcome = await this.#control.survives(
      read().catch((error: CloudError) => {
        if (!(gone() && /^(InvalidSnapshot|Volume)\./.test(error.code))) throw error;
      }),
    );
    return outcome === "done" ? found : undefined;
  }

  fault(): void {
    (this.#pickOpen()?.drive ?? this.#control).fault();
  }

  async crash(): Promise<void> {
    if (this.#collections > 0) this.#count("crashes while collecting");
    if (this.#pending.size > 0) this.#count("crashes while snapshotting");
    const cut = this.#backend.powerCut?.() ?? "only memory is lost";
    this.#run.log(`crash: ${cut}`);
    const open = [...this.#drives.values()].filter(({ drive }) => drive.isOpen);
    await Promise.all([...open.map(({ drive }) => drive.loseMemory()), ...this.#underWay]);
    for (const { drive } of this.#drives.values()) drive.clearFaults();
    this.#collections = 0;
    for (const { id, deleting } of [...this.#snapshots.values()]) {
      if (deleting && !(await this.#exists(id))) this.#snapshots.delete(id);
    }
    for (const pending of this.#pending) if (await this.#exists(pending.snapshot.id)) this.#made(pending);
    this.#pending.clear();
    for (const snapshot of this.#snapshots.values()) Object.assign(snapshot, { busy: false, deleting: false });
    for (const target of this.#drives.values()) await this.#recover(target, open.includes(target));
  }

  async #exists(snapshotId: string): Promise<boolean> {
    const store = await this.#backend.openStore(this.#backend.database);
    try {
      return (await recordStore(store).get(snapshotKind, snapshotId)) !== undefined;
    } finally {
      await store.close();
    }
  }

  /** After a crash a volume is what the model says, or what the action under way was to make of it. */
  async #recover(target: WorldDrive, wasOpen: boolean): Promise<void> {
    const { drive, maybe, growing } = target;
    target.busy = false;
    target.maybe = undefined;
    target.growing = undefined;
    try {
      await drive.open();
    } catch (error) {
      expect((error as CloudError).code).toBe("InvalidVolume.NotFound");
      expect(maybe).toEqual({ other: undefined });
      this.#drives.delete(drive.volumeId);
      return;
    }
    if (growing !== undefined && drive.volume.sizeBytes === zones.diskSectors(growing) * SECTOR_BYTES) {
      drive.model.grow(growing);
    }
    const found = await readStamps(drive.volume, sectorsOf(drive.volume));
    const other = maybe?.other;
    if (other !== undefined && same(found, other.stamps)) drive.model = other;
    expect(found.length).toBe(drive.model.sectors);
    drive.model.recover(found);
    if (!wasOpen) await drive.close();
  }

  get done(): string {
    return [...this.#done].map(([what, times]) => `${times} ${what}`).join(", ");
  }

  /** With nothing under way, everything is as the models say, and the collection leaves nothing to collect. */
  async end(): Promise<void> {
    await this.settle();
    for (const target of this.#drives.values()) {
      target.drive.clearFaults();
      if (!target.drive.isOpen) continue;
      if ((await target.drive.close()) === "failed") expect(await target.drive.close()).toBe("done");
    }
    await this.#checkAll();
    await collectGarbage(this.#database, this.#surroundings);
    await this.#checkAll();
    await this.#checkStore();
    expect(await collectGarbage(this.#database, this.#surroundings), "nothing is left").toEqual({
      layersDeleted: 0,
      layersMerged: 0,
      blocksMoved: 0,
      bytesFreed: 0,
    });
  }

  async #checkAll(): Promise<void> {
    for (const snapshot of this.#snapshots.values()) await this.#check(snapshot);
    for (const { drive } of this.#drives.values()) {
      await drive.open();
      expect(await readStamps(drive.volume, drive.model.sectors)).toEqual(drive.model.stamps);
      expect(drive.volume.sizeBytes).toBe(zones.diskSectors(drive.model.sectors) * SECTOR_BYTES);
      await drive.close();
    }
  }

  async #checkStore(): Promise<void> {
    const store = await this.#backend.openStore(this.#backend.database);
    const records = recordStore(store);
    const graph = await readGraph(records);
    expect([...graph.snapshots.keys()].sort()).toEqual([...this.#snapshots.keys()].sort());
    expect([...graph.volumes.keys()].sort()).toEqual([...this.#drives.keys()].sort());
    const blocks = await store.keys({ prefix: ["block"] });
    for (const { id, value } of (await records.list(layerKind)).records) {
      expect(blocks.filter(([, layer]) => layer === id).length, `blocks of ${id}`).toBe(value.storedBlocks);
      const needed = isPinned(graph, id) || graph.childrenOf(id).length > 1;
      expect(needed, `${id} could be merged or removed`).toBe(true);
    }
    for (const [, layer] of [...blocks, ...(await store.keys({ prefix: ["map"] }))]) {
      expect(graph.layers.has(String(layer)), `something of ${layer} is left`).toBe(true);
    }
    await store.close();
    const usage = await databaseUsage(this.#database, this.#surroundings);
    const counted = [...usage.volumes, ...usage.snapshots].reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    expect(usage).toMatchObject({ storedBytes: blocks.length * BLOCK_BYTES, garbageBytes: 0, damagedRecords: 0 });
    expect(counted).toBe(usage.storedBytes);
  }
}

const isKnown = ({ possible }: WorldSnapshot) => possible.every(({ size }) => size === 1);

/** A drive that begins as a snapshot, and may be larger. */
function modelOf({ possible }: WorldSnapshot, sectors: number): DriveModel {
  return new DriveModel(Array.from({ length: sectors }, (_, sector) => [...(possible[sector] ?? [0])][0] as Stamp));
}

const same = (a: readonly Stamp[], b: readonly Stamp[]) =>
  a.length === b.length && a.every((stamp, i) => stamp === b[i]);

/** The model's sectors on a disk of this size. */
function sectorsOf(disk: Volume): number {
  let sectors = 1;
  while (zones.diskSectors(sectors) * SECTOR_BYTES < disk.sizeBytes) sectors++;
  return sectors;
}

async function readStamps(disk: Volume, sectors: number): Promise<Stamp[]> {
  const stamps: Stamp[] = [];
  for (const { first, count } of zones.runs(sectors)) {
    const at = zones.toDisk(first);
    stamps.push(...stampsOf(await disk.read(at * SECTOR_BYTES, count * SECTOR_BYTES), at));
  }
  return stamps;
}

const WEIGHTS = {
  write: 40,
  read: 15,
  flush: 6,
  discard: 7,
  settle: 5,
  wait: 10,
  snapshot: 5,
  snapshotClosed: 2,
  create: 0.5,
  clone: 2,
  rollback: 2,
  deleteVolume: 1,
  deleteSnapshot: 5,
  resize: 2,
  openOrClose: 6,
  collect: 6,
  check: 5,
  fault: 2,
  crash: 1.5,
};

/** Random actions on volumes and snapshots, many at a time, with faults and crashes, and collections beside them. */
export async function fuzzWorld(backend: DriveBackend, run: FuzzRun): Promise<void> {
  const world = new World(backend, run);
  await world.create();
  for (let step = 0; step < run.steps; step++) {
    backend.onStep?.();
    const action = run.random.weighted(WEIGHTS);
    if (action === "wait") await turns(run.random.int(60));
    else if (action === "write" || action === "read" || action === "flush" || action === "discard") {
      await world.request(action);
    } else await world[action]();
    if (world.underWay > 8) await world.settle();
    world.checkUnderWay();
  }
  await world.end();
  run.log(world.done);
  run.report?.(world.done);
}
