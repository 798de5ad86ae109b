import { expect } from "vitest";
import { DriveModel, type Stamp, stamped, stampsOf } from "../../test/fuzz/drive-model.ts";
import { type FuzzRandom, fuzz } from "../../test/fuzz/harness.ts";
import { type FakeImage, fakeImage, turns } from "../../test/fuzz/volume-fuzz.ts";
import { CloudError } from "../base/errors.ts";
import { MemoryDisk } from "../store/memory-store.ts";
import { recordStore } from "../store/records.ts";
import { layerKind, volumeKind } from "./disk-records.ts";
import { BLOCK_BYTES } from "./geometry.ts";
import { openVolume } from "./open-volume.ts";
import type { Volume } from "./volume.ts";
import { createVolume, freezeHead } from "./volumes.ts";

const SECTOR = 512;
const PER_BLOCK = BLOCK_BYTES / SECTOR;
const ADDRESS = { database: "d", volumeId: "vol-1" };

/** One drive under test: the volume, the model, and what is under way. */
class Drive {
  readonly disk = new MemoryDisk();
  readonly random: FuzzRandom;
  readonly log: (line: string) => void;
  readonly image: FakeImage | undefined;
  readonly model: DriveModel;
  readonly #underWay = new Set<Promise<void>>();
  /** Reads under way: told of every write that begins. */
  readonly #watchers = new Set<(first: number, stamps: readonly Stamp[]) => void>();
  #volume: Volume | undefined;
  #stamp = 0;

  constructor(random: FuzzRandom, log: (line: string) => void, image: FakeImage | undefined, model: DriveModel) {
    this.random = random;
    this.log = log;
    this.image = image;
    this.model = model;
    this.disk.database("d").latency = (kind) => turns(random.int(kind === "read" ? 6 : 20));
  }

  static async make(random: FuzzRandom, log: (line: string) => void): Promise<Drive> {
    // Not a whole number of blocks, and an image that ends before the disk does.
    const sectors = random.between(3, 20) * PER_BLOCK + random.pick([0, 1, 8, 63]);
    const image = random.chance(0.75)
      ? await fakeImage(random, Math.min(sectors, random.between(1, 16) * PER_BLOCK + random.pick([0, 5])))
      : undefined;
    const initial = Array.from({ length: sectors }, (_, sector) => image?.stamps[sector] ?? 0);
    const drive = new Drive(random, log, image, new DriveModel(initial));
    const sizeBytes = sectors * SECTOR;
    await createVolume({ ...ADDRESS, sizeBytes, image: image?.image ?? null }, { openStore: drive.disk.open, random });
    log(`${sectors} sectors, image of ${image?.stamps.length ?? 0}`);
    await drive.open();
    return drive;
  }

  get volume(): Volume {
    return this.#volume as Volume;
  }

  async open(): Promise<void> {
    const blocks = (most: number) => this.random.int(most) * BLOCK_BYTES;
    this.#volume = await openVolume({
      ...ADDRESS,
      openStore: this.disk.open,
      ...(this.image === undefined ? {} : { image: this.image.base }),
      limits: { cacheBytes: blocks(6), writeBackBytes: blocks(5) + BLOCK_BYTES, dirtyBytes: blocks(8) + BLOCK_BYTES },
      clock: { now: () => 0, setTimer: () => () => undefined },
    });
  }

  /** Runs beside what else is under way. What it rejects with must be one of our own faults. */
  #start(work: () => Promise<void>): void {
    const running = work().finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  range(): { first: number; count: number } {
    const { random, model } = this;
    const aligned = random.chance(0.3);
    const unit = aligned ? PER_BLOCK : 1;
    const first = random.int(Math.ceil(model.sectors / unit)) * unit;
    const most = random.pick([1, 8, 9, PER_BLOCK, 5 * PER_BLOCK]);
    const count = aligned ? random.between(1, 4) * PER_BLOCK : random.between(1, most);
    return { first, count: Math.min(count, model.sectors - first) };
  }

  write(): void {
    const { first, count } = this.range();
    if (!this.model.isFree(first, count)) return;
    const stamp = this.random.chance(0.1) ? 0 : ++this.#stamp;
    const stamps = Array.from({ length: count }, () => stamp);
    this.log(`write ${stamp} to ${first}+${count}`);
    const data = stamped(stamps, first);
    this.#change(first, stamps, () => {
      const accepted = this.volume.write(first * SECTOR, data);
      data.fill(0xee); // The volume has its own copy.
      return accepted;
    });
  }

  discard(): void {
    const { first, count } = this.random.chance(0.1) ? { first: 0, count: this.model.sectors } : this.range();
    if (!this.model.isFree(first, count)) return;
    this.log(`discard ${first}+${count}`);
    const zeros = Array.from({ length: count }, () => 0);
    this.#change(first, zeros, () => this.volume.discard(first * SECTOR, count * SECTOR));
  }

  #change(first: number, stamps: readonly Stamp[], work: () => Promise<void> | undefined): void {
    const end = this.model.begin(first, stamps);
    for (const watch of this.#watchers) watch(first, stamps);
    const accepted = work();
    if (accepted === undefined) end(true);
    else
      this.#start(async () => {
        const acknowledged = await this.#survives(accepted);
        if (acknowledged !== "lost") end(acknowledged === "done");
      });
  }

  read(): void {
    const { first, count } = this.range();
    this.log(`read ${first}+${count}`);
    const possible = Array.from({ length: count }, (_, i) => new Set(this.model.readable(first + i)));
    const watch = (from: number, stamps: readonly Stamp[]) => {
      for (const [i, stamp] of stamps.entries()) possible[from + i - first]?.add(stamp);
    };
    const cached = this.random.chance(0.5) ? this.volume.readCached(first * SECTOR, count * SECTOR) : undefined;
    if (cached !== undefined) {
      check(cached, first, possible);
      return;
    }
    this.#watchers.add(watch);
    this.#start(async () => {
      const bytes: Uint8Array[] = [];
      const outcome = await this.#survives(
        this.volume.read(first * SECTOR, count * SECTOR).then((got) => void bytes.push(got)),
      );
      this.#watchers.delete(watch);
      if (outcome === "done") check(bytes[0] as Uint8Array, first, possible);
    });
  }

  flush(): void {
    this.log("flush");
    const acknowledge = this.model.beginFlush();
    this.#start(async () => {
      if ((await this.#survives(this.volume.flush())) === "done") acknowledge();
    });
  }

  /** `lost`: the power went away before it ended. */
  async #survives(work: Promise<void>): Promise<"done" | "failed" | "lost"> {
    try {
      await work;
      return "done";
    } catch (thrown) {
      const code = (thrown as CloudError).code;
      if (code === "Store.Closed" || code === "Volume.Closed") return "lost";
      expect(code).toBe("Test.Fault");
      this.log("… failed");
      return "failed";
    }
  }

  fault(): void {
    const kind = this.random.pick(["commit", "commit", "read", "image"] as const);
    const error = new CloudError("Test.Fault", kind);
    this.log(`the next ${kind} fails`);
    if (kind === "image") this.image?.failures.push(error);
    else this.disk.database("d").failNext(kind, error);
  }

  async crash(): Promise<void> {
    const database = this.disk.database("d");
    const keep = this.random.int(database.atRisk + 1);
    this.log(`power cut, ${keep} of ${database.atRisk} commits kept, ${this.underWay} requests under way`);
    database.powerCut(keep);
    await this.settle();
    database.clearFaults();
    await this.volume.abandon();
    await this.open();
    this.model.recover(await this.#readAll());
  }

  async reopen(): Promise<void> {
    this.log("close and open");
    await this.settle();
    this.disk.database("d").clearFaults();
    if (this.image !== undefined) this.image.failures.length = 0;
    await this.volume.close();
    if (this.random.chance(0.5)) {
      this.log("freeze");
      await freezeHead(ADDRESS, { openStore: this.disk.open, random: this.random });
    }
    await this.open();
    expect(await this.#readAll()).toEqual(Array.from({ length: this.model.sectors }, (_, s) => this.model.stamp(s)));
    this.model.beginFlush()();
  }

  async #readAll(): Promise<Stamp[]> {
    if (this.image !== undefined) this.image.failures.length = 0;
    return stampsOf(await this.volume.read(0, this.model.sectors * SECTOR), 0);
  }

  /** B8, B9: what the store holds is what the records say, and no block of zeros. */
  async checkStore(): Promise<void> {
    await this.volume.flush();
    const store = await this.disk.open("d");
    const head = (await recordStore(store).get(volumeKind, ADDRESS.volumeId))?.head as string;
    const stored = await store.keys({ prefix: ["block", head] });
    expect((await recordStore(store).get(layerKind, head))?.storedBlocks).toBe(stored.length);
    expect(this.volume.stats().storedBytes).toBe(stored.length * BLOCK_BYTES);
    for (const key of stored) {
      const first = Number(key[2]) * PER_BLOCK;
      const last = Math.min(first + PER_BLOCK, this.model.sectors);
      const stamps = Array.from({ length: last - first }, (_, i) => this.model.stamp(first + i));
      expect(
        stamps.some((stamp) => stamp !== 0),
        `block ${key[2]} is zeros and stored`,
      ).toBe(true);
    }
    await store.close();
  }
}

function check(bytes: Uint8Array, first: number, possible: readonly ReadonlySet<Stamp>[]): void {
  stampsOf(bytes, first).forEach((stamp, i) => {
    if (possible[i]?.has(stamp)) return;
    throw new Error(`sector ${first + i} reads ${stamp}, not one of ${[...(possible[i] ?? [])]}`);
  });
}

fuzz("a volume is a drive with a volatile cache (B1–B18)", { runs: 12, steps: 400, pinned: [] }, async (run) => {
  const drive = await Drive.make(run.random, run.log);
  for (let step = 0; step < run.steps; step++) {
    const action = run.random.weighted({
      write: 40,
      read: 25,
      flush: 8,
      discard: 8,
      settle: 8,
      wait: 8,
      fault: 2,
      crash: 1.5,
      reopen: 1,
    });
    if (action === "wait") await turns(run.random.int(30));
    else await drive[action]();
    if (drive.underWay > 12) await drive.settle();
  }
  await drive.reopen();
  await drive.checkStore();
});
