import { expect } from "vitest";
import { collectGarbage } from "../../src/blockstore/collect-garbage.ts";
import { SECTOR_BYTES } from "../../src/blockstore/geometry.ts";
import { openVolume } from "../../src/blockstore/open-volume.ts";
import { deleteSnapshot, rollbackVolume, snapshotVolume } from "../../src/blockstore/snapshots.ts";
import { createVolume, deleteVolume, resizeVolume } from "../../src/blockstore/volumes.ts";
import { DriveModel } from "./drive-model.ts";
import type { FuzzRun } from "./harness.ts";
import type { DriveBackend } from "./volume-drive.ts";
import { fakeImage, SECTORS_PER_BLOCK as PER_BLOCK, turns, zones } from "./volume-fuzz.ts";

import { RecoveringWorld } from "./volume-world-recovery.ts";
import {
  isKnown,
  MOST_COLLECTIONS,
  MOST_DRIVES,
  MOST_SNAPSHOTS,
  modelOf,
  sectorsOf,
  type WorldDrive,
  type WorldSnapshot,
} from "./volume-world-state.ts";

/** What a run does to volumes and snapshots, and collections of garbage beside everything. */
class World extends RecoveringWorld {
  /** Makes a volume when there is room for one, over an image or over nothing. */
  async create(): Promise<void> {
    const { random } = this.run;
    if (this.drives.size < MOST_DRIVES) {
      this.control.clearFaults();
      const onImage = random.chance(0.5);
      const sectors = this.someSectors(3 * PER_BLOCK);
      const image = onImage ? await fakeImage(random, Math.min(sectors, random.between(2, 8) * PER_BLOCK)) : undefined;
      const id = this.name("vol");
      const sizeBytes = zones.diskSectors(sectors) * SECTOR_BYTES;
      const address = { ...this.database, volumeId: id };
      await createVolume(
        { ...address, sizeBytes, image: image?.image ?? null, ...this.control.key },
        this.surroundings,
      );
      const initial = Array.from({ length: sectors }, (_, sector) => image?.stamps[sector] ?? 0);
      this.run.log(`${id}: ${sectors} sectors, image of ${image?.stamps.length ?? 0}`);
      await this.add(id, image, new DriveModel(initial)).open();
    }
  }

  async request(action: "write" | "read" | "flush" | "discard"): Promise<void> {
    const target = this.pickOpen();
    if (target === undefined) return;
    this.run.log(`on ${target.drive.volumeId}:`);
    target.drive[action]();
    if (target.drive.underWay > 10) await target.drive.settle();
  }

  /** Of one volume, or of two in one go. */
  snapshot(): void {
    const count = this.run.random.pick([1, 1, 2]);
    const targets = [...this.drives.values()].filter(({ drive, busy }) => drive.isOpen && !busy).slice(0, count);
    for (const target of targets)
      if (this.snapshots.size + this.pending.size < MOST_SNAPSHOTS) this.snapshotOpen(target);
  }

  snapshotOpen(target: WorldDrive): void {
    const { drive } = target;
    const { model } = drive;
    const id = this.name("snap");
    this.run.log(`${id} of ${drive.volumeId}`);
    // The disk may have grown already, and the model hear of it in a moment.
    const sectors = sectorsOf(drive.volume);
    const possible = Array.from({ length: sectors }, (_, sector) => {
      return new Set(sector < model.sectors ? model.readable(sector) : [0]);
    });
    const snapshot: WorldSnapshot = { id, image: drive.image, possible, busy: false, deleting: false };
    const pending = { snapshot, durable: model.beginFlush() };
    this.pending.add(pending);
    const made = drive.volume.snapshot(id);
    // On the drive's own list: it is not closed before.
    drive.start(async () => {
      const outcome = await drive.survives(made, "SnapshotCreationPerVolumeRateExceeded");
      if (outcome === "lost") return;
      this.pending.delete(pending);
      if (outcome === "done") this.made(pending);
    });
  }

  snapshotClosed(): void {
    const target = this.pickClosed();
    if (target === undefined || this.snapshots.size + this.pending.size >= MOST_SNAPSHOTS) return;
    const { drive } = target;
    const id = this.name("snap");
    this.run.log(`${id} of ${drive.volumeId}, closed`);
    const possible = drive.model.stamps.map((stamp) => new Set([stamp]));
    const snapshot: WorldSnapshot = { id, image: drive.image, possible, busy: false, deleting: false };
    const pending = { snapshot, durable: () => undefined };
    this.pending.add(pending);
    this.closedAction(target, async (address) => {
      const made = snapshotVolume({ ...address, snapshotId: id }, this.surroundings);
      const outcome = await drive.survives(made);
      if (outcome === "lost") return;
      this.pending.delete(pending);
      if (outcome === "done") this.made(pending);
    });
  }

  async clone(): Promise<void> {
    const source = this.pickSnapshot();
    if (source === undefined || this.drives.size >= MOST_DRIVES) return;
    await this.checkSnapshot(source);
    if (!this.snapshots.has(source.id) || !isKnown(source)) return;
    const id = this.name("vol");
    const sectors = this.someSectors(source.possible.length);
    this.run.log(`${id} from ${source.id}, ${sectors} sectors`);
    const sizeBytes = zones.diskSectors(sectors) * SECTOR_BYTES;
    this.add(id, source.image, modelOf(source, sectors));
    const target = this.drives.get(id) as WorldDrive;
    target.maybe = { other: undefined };
    this.holding(source, target, async (address) => {
      const made = createVolume({ ...address, sizeBytes, image: null, snapshotId: source.id }, this.surroundings);
      const outcome = await target.drive.survives(made);
      if (outcome === "lost") return;
      if (outcome === "failed") this.drives.delete(id);
      target.maybe = undefined;
    });
  }

  async rollback(): Promise<void> {
    const target = this.pickClosed();
    const source = this.pick(this.snapshots.values(), ({ busy, image }) => !busy && image === target?.drive.image);
    if (target === undefined || source === undefined) return;
    target.busy = true;
    await this.checkSnapshot(source);
    target.busy = false;
    if (!this.snapshots.has(source.id) || !isKnown(source) || target.drive.isOpen) return;
    this.run.log(`${target.drive.volumeId} back to ${source.id}`);
    const other = modelOf(source, Math.max(source.possible.length, target.drive.model.sectors));
    target.maybe = { other };
    this.holding(source, target, async (address) => {
      const done = rollbackVolume({ ...address, snapshotId: source.id }, this.surroundings);
      const outcome = await target.drive.survives(done);
      if (outcome === "lost") return;
      if (outcome === "done") target.drive.model = other;
      this.count("rollbacks");
      target.maybe = undefined;
    });
  }

  deleteVolume(): void {
    const target = this.pickClosed();
    if (target === undefined) return;
    this.run.log(`delete ${target.drive.volumeId}`);
    target.maybe = { other: undefined };
    this.closedAction(target, async (address) => {
      const outcome = await target.drive.survives(deleteVolume(address, this.surroundings));
      if (outcome === "lost") return;
      if (outcome === "done") this.drives.delete(address.volumeId);
      target.maybe = undefined;
    });
  }

  deleteSnapshot(): void {
    const target = this.pickSnapshot();
    if (target === undefined) return;
    this.run.log(`delete ${target.id}`);
    target.busy = true;
    target.deleting = true;
    this.start(async () => {
      const done = deleteSnapshot({ ...this.database, snapshotId: target.id }, this.surroundings);
      const outcome = await this.control.survives(done);
      if (outcome === "lost") return;
      if (outcome === "done") this.snapshots.delete(target.id);
      target.busy = false;
      target.deleting = outcome === "done";
    });
  }

  resize(): void {
    const target = this.pick(this.drives.values(), ({ busy, growing }) => !busy && growing === undefined);
    if (target === undefined) return;
    const { drive } = target;
    const sectors = this.someSectors(drive.model.sectors);
    if (sectors === drive.model.sectors) return;
    this.run.log(`${drive.volumeId} grows to ${sectors} sectors`);
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
      this.closedAction(target, async (address) => {
        settle(await drive.survives(resizeVolume({ ...address, sizeBytes }, this.surroundings)));
      });
    }
  }

  async openOrClose(): Promise<void> {
    const target = this.pick(this.drives.values(), ({ busy }) => !busy);
    if (target === undefined) return;
    this.run.log(`${target.drive.isOpen ? "close" : "open"} ${target.drive.volumeId}`);
    if (target.drive.isOpen) await target.drive.close();
    else {
      this.control.clearFaults();
      await target.drive.open();
    }
  }

  collect(): void {
    if (this.collections >= MOST_COLLECTIONS) return;
    this.collections++;
    const { random, log } = this.run;
    const step = { moves: random.between(1, 4), pages: random.between(1, 3) };
    const controller = new AbortController();
    if (random.chance(0.2)) void turns(random.int(500)).then(() => controller.abort());
    log("collect garbage");
    this.start(async () => {
      const collected = collectGarbage({ ...this.database, step, signal: controller.signal }, this.surroundings);
      await this.control.survives(
        collected.then((totals) => {
          log(`collected ${JSON.stringify(totals)}`);
          for (const [what, count] of Object.entries(totals)) this.count(what, count);
        }),
      );
      this.collections--;
    });
  }

  /** Reads a snapshot, or a volume that nobody has open, beside everything else. */
  check(): void {
    const { random } = this.run;
    const snapshot = random.chance(0.7) ? this.pickSnapshot() : undefined;
    if (snapshot !== undefined) {
      this.start(() => this.checkSnapshot(snapshot));
      return;
    }
    const closed = this.pickClosed();
    if (closed === undefined) return;
    this.closedAction(closed, async (address) => {
      this.run.log(`check ${address.volumeId}`);
      const { drive } = closed;
      const image = drive.image === undefined ? {} : { image: drive.image.base };
      const opened = openVolume({ ...address, ...this.surroundings, ...image, ...this.control.key, readOnly: true });
      const found = await this.readDisk(opened, drive.model.sectors);
      if (found !== undefined) expect(found).toEqual(drive.model.stamps);
    });
  }

  fault(): void {
    (this.pickOpen()?.drive ?? this.control).fault();
  }
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
    if (world.underWay.size > 8) await world.settle();
    world.checkUnderWay();
  }
  await world.end();
  run.log(world.summary);
  run.report?.(world.summary);
}
