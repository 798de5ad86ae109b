import { expect } from "vitest";
import type { CloudError } from "../../src/base/errors.ts";
import { collectGarbage } from "../../src/blockstore/collect-garbage.ts";
import { layerKind, snapshotKind } from "../../src/blockstore/disk-records.ts";
import { BLOCK_BYTES, SECTOR_BYTES } from "../../src/blockstore/geometry.ts";
import { isPinned, readGraph } from "../../src/blockstore/layer-graph.ts";
import { databaseUsage } from "../../src/blockstore/usage.ts";
import { recordStore } from "../../src/store/records.ts";
import { zones } from "./volume-fuzz.ts";

import { readStamps, same, sectorsOf, type WorldDrive, WorldState } from "./volume-world-state.ts";

/** What is there after a crash, and at the end. */
export class RecoveringWorld extends WorldState {
  async crash(): Promise<void> {
    if (this.collections > 0) this.count("crashes while collecting");
    if (this.pending.size > 0) this.count("crashes while snapshotting");
    const cut = this.backend.powerCut?.() ?? "only memory is lost";
    this.run.log(`crash: ${cut}`);
    const open = [...this.drives.values()].filter(({ drive }) => drive.isOpen);
    await Promise.all([...open.map(({ drive }) => drive.loseMemory()), ...this.underWay]);
    for (const { drive } of this.drives.values()) drive.clearFaults();
    this.collections = 0;
    for (const { id, deleting } of [...this.snapshots.values()]) {
      if (deleting && !(await this.exists(id))) this.snapshots.delete(id);
    }
    for (const pending of this.pending) if (await this.exists(pending.snapshot.id)) this.made(pending);
    this.pending.clear();
    for (const snapshot of this.snapshots.values()) Object.assign(snapshot, { busy: false, deleting: false });
    for (const target of this.drives.values()) await this.recover(target, open.includes(target));
  }

  async exists(snapshotId: string): Promise<boolean> {
    const store = await this.backend.openStore(this.backend.database);
    try {
      return (await recordStore(store).get(snapshotKind, snapshotId)) !== undefined;
    } finally {
      await store.close();
    }
  }

  /** After a crash a volume is what the model says, or what the action under way was to make of it. */
  async recover(target: WorldDrive, wasOpen: boolean): Promise<void> {
    const { drive, maybe, growing } = target;
    target.busy = false;
    target.maybe = undefined;
    target.growing = undefined;
    try {
      await drive.open();
    } catch (error) {
      expect((error as CloudError).code).toBe("InvalidVolume.NotFound");
      expect(maybe).toEqual({ other: undefined });
      this.drives.delete(drive.volumeId);
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

  /** With nothing under way, everything is as the models say, and the collection leaves nothing to collect. */
  async end(): Promise<void> {
    await this.settle();
    for (const target of this.drives.values()) {
      target.drive.clearFaults();
      if (!target.drive.isOpen) continue;
      if ((await target.drive.close()) === "failed") expect(await target.drive.close()).toBe("done");
    }
    await this.checkAll();
    await collectGarbage(this.database, this.surroundings);
    await this.checkAll();
    await this.checkStore();
    expect(await collectGarbage(this.database, this.surroundings), "nothing is left").toEqual({
      layersDeleted: 0,
      layersMerged: 0,
      blocksMoved: 0,
      bytesFreed: 0,
    });
  }

  async checkAll(): Promise<void> {
    for (const snapshot of this.snapshots.values()) await this.checkSnapshot(snapshot);
    for (const { drive } of this.drives.values()) {
      await drive.open();
      expect(await readStamps(drive.volume, drive.model.sectors)).toEqual(drive.model.stamps);
      expect(drive.volume.sizeBytes).toBe(zones.diskSectors(drive.model.sectors) * SECTOR_BYTES);
      await drive.close();
    }
  }

  async checkStore(): Promise<void> {
    const store = await this.backend.openStore(this.backend.database);
    const records = recordStore(store);
    const graph = await readGraph(records);
    expect([...graph.snapshots.keys()].sort()).toEqual([...this.snapshots.keys()].sort());
    expect([...graph.volumes.keys()].sort()).toEqual([...this.drives.keys()].sort());
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
    const usage = await databaseUsage(this.database, this.surroundings);
    const counted = [...usage.volumes, ...usage.snapshots].reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    expect(usage).toMatchObject({ storedBytes: blocks.length * BLOCK_BYTES, garbageBytes: 0, damagedRecords: 0 });
    expect(counted).toBe(usage.storedBytes);
  }
}
