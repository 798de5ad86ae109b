import { expect } from "vitest";
import { CloudError } from "../../src/base/errors.ts";
import type { Locks } from "../../src/base/locks.ts";
import { layerKind, volumeKind } from "../../src/blockstore/disk-records.ts";
import { BLOCK_BYTES, SECTOR_BYTES } from "../../src/blockstore/geometry.ts";
import { openVolume } from "../../src/blockstore/open-volume.ts";
import type { Volume } from "../../src/blockstore/volume.ts";
import { createVolume, freezeHead } from "../../src/blockstore/volumes.ts";
import type { OpenStore } from "../../src/store/key-value-store.ts";
import { recordStore } from "../../src/store/records.ts";
import { DriveModel, type Stamp, stamped, stampsOf } from "./drive-model.ts";
import type { FuzzRandom, FuzzRun } from "./harness.ts";
import { type FakeImage, fakeImage, SECTORS_PER_BLOCK as PER_BLOCK, turns, zones } from "./volume-fuzz.ts";

const SECTOR = SECTOR_BYTES;

/** Where the drive keeps its data, and what can be done to it. */
export interface DriveBackend {
  readonly openStore: OpenStore;
  readonly database: string;
  readonly locks: Locks;
  /** All volumes are encrypted with it. */
  readonly key?: CryptoKey;
  /** Before every step: a bound on what one step may do starts anew. */
  onStep?(): void;
  /** The next commit or read of the store fails with this. */
  fail?(kind: "commit" | "read", error: CloudError): void;
  clearFaults?(): void;
  /** Cuts the power; says what it did. Stores that are open reject from now on. */
  powerCut?(): string;
}

let stamps = 0;
/** Of all drives: a block of another one is found out. Below the stamps of images. */
const nextStamp = (): Stamp => (stamps = (stamps % 0x3fffffff) + 1);

/** One drive under test: the volume, the model, and what is under way. */
export class Drive {
  readonly backend: DriveBackend;
  readonly random: FuzzRandom;
  readonly log: (line: string) => void;
  readonly image: FakeImage | undefined;
  readonly volumeId: string;
  model: DriveModel;
  readonly #underWay = new Set<Promise<void>>();
  /** Reads under way: told of every write that begins. */
  readonly #watchers = new Set<(first: number, stamps: readonly Stamp[]) => void>();
  #volume: Volume | undefined;

  /** Over a volume that is there and holds what the model says. */
  constructor(
    backend: DriveBackend,
    run: Pick<FuzzRun, "random" | "log">,
    image: FakeImage | undefined,
    model: DriveModel,
    volumeId = "vol-1",
  ) {
    this.backend = backend;
    this.volumeId = volumeId;
    this.random = run.random;
    this.log = run.log;
    this.image = image;
    this.model = model;
  }

  static async make(backend: DriveBackend, run: FuzzRun): Promise<Drive> {
    const { random } = run;
    // Not a whole number of blocks, and an image that ends before the disk does.
    const sectors = random.between(3, 20) * PER_BLOCK + random.pick([0, 1, 8, 63]);
    const image = random.chance(0.75)
      ? await fakeImage(random, Math.min(sectors, random.between(1, 16) * PER_BLOCK + random.pick([0, 5])))
      : undefined;
    const initial = Array.from({ length: sectors }, (_, sector) => image?.stamps[sector] ?? 0);
    const drive = new Drive(backend, run, image, new DriveModel(initial));
    const sizeBytes = zones.diskSectors(sectors) * SECTOR;
    await createVolume(
      { ...drive.#address, sizeBytes, image: image?.image ?? null, ...drive.key },
      { ...backend, random },
    );
    run.log(`${sectors} sectors, image of ${image?.stamps.length ?? 0}`);
    await drive.open();
    return drive;
  }

  get #address() {
    return { database: this.backend.database, volumeId: this.volumeId };
  }

  get volume(): Volume {
    return this.#volume as Volume;
  }

  get key(): { readonly key?: CryptoKey } {
    return this.backend.key === undefined ? {} : { key: this.backend.key };
  }

  get isOpen(): boolean {
    return this.#volume !== undefined;
  }

  async open(): Promise<void> {
    const blocks = (most: number) => this.random.int(most) * BLOCK_BYTES;
    this.#volume = await openVolume({
      ...this.#address,
      openStore: this.backend.openStore,
      locks: this.backend.locks,
      random: this.random,
      ...this.key,
      ...(this.image === undefined ? {} : { image: this.image.base }),
      limits: { cacheBytes: blocks(6), writeBackBytes: blocks(5) + BLOCK_BYTES, dirtyBytes: blocks(8) + BLOCK_BYTES },
      clock: { now: () => 0, setTimer: () => () => undefined },
    });
  }

  /** Runs beside what else is under way. What it rejects with must be one of our own faults. */
  start(work: () => Promise<void>): void {
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
    return { first, count: Math.min(count, zones.roomAt(first), model.sectors - first) };
  }

  write(): void {
    const { first, count } = this.range();
    if (!this.model.isFree(first, count)) return;
    const stamp = this.random.chance(0.1) ? 0 : nextStamp();
    const stamps = Array.from({ length: count }, () => stamp);
    this.log(`write ${stamp} to ${first}+${count}`);
    const data = stamped(stamps, zones.toDisk(first));
    this.#change(first, stamps, () => {
      const accepted = this.volume.write(zones.toDisk(first) * SECTOR, data);
      data.fill(0xee); // The volume has its own copy.
      return accepted;
    });
  }

  discard(): void {
    const { random, model } = this;
    let { first, count } = this.range();
    // Across zones, and all that lies between them.
    if (random.chance(0.2)) count = random.between(1, model.sectors - first);
    const whole = random.chance(0.1);
    if (whole) [first, count] = [0, model.sectors];
    if (!model.isFree(first, count)) return;
    this.log(`discard ${first}+${count}`);
    const zeros = Array.from({ length: count }, () => 0);
    const start = whole ? 0 : zones.toDisk(first);
    const length = zones.toDisk(first + count - 1) + 1 - start;
    this.#change(first, zeros, () => this.volume.discard(start * SECTOR, length * SECTOR));
  }

  #change(first: number, stamps: readonly Stamp[], work: () => Promise<void> | undefined): void {
    const end = this.model.begin(first, stamps);
    for (const watch of this.#watchers) watch(first, stamps);
    const accepted = work();
    if (accepted === undefined) end(true);
    else
      this.start(async () => {
        const acknowledged = await this.survives(accepted);
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
    const offset = zones.toDisk(first) * SECTOR;
    const cached = this.random.chance(0.5) ? this.volume.readCached(offset, count * SECTOR) : undefined;
    if (cached !== undefined) {
      check(cached, first, possible);
      return;
    }
    this.#watchers.add(watch);
    this.start(async () => {
      const bytes: Uint8Array[] = [];
      const outcome = await this.survives(this.volume.read(offset, count * SECTOR).then((got) => void bytes.push(got)));
      this.#watchers.delete(watch);
      if (outcome === "done") check(bytes[0] as Uint8Array, first, possible);
    });
  }

  flush(): void {
    this.log("flush");
    const acknowledge = this.model.beginFlush();
    this.start(async () => {
      if ((await this.survives(this.volume.flush())) === "done") acknowledge();
    });
  }

  /** `lost`: the power went away before it ended. */
  async survives(work: Promise<void>, refusal = "Test.Fault"): Promise<"done" | "failed" | "lost"> {
    try {
      await work;
      return "done";
    } catch (thrown) {
      const code = (thrown as CloudError).code;
      if (code === "Store.Closed" || code === "Volume.Closed") return "lost";
      if (code !== refusal) expect(code, (thrown as Error).stack).toBe("Test.Fault");
      this.log(`… failed: ${code}`);
      return "failed";
    }
  }

  fault(): void {
    const kind = this.random.pick(["commit", "commit", "read", "image"] as const);
    const error = new CloudError("Test.Fault", kind);
    this.log(`the next ${kind} fails`);
    if (kind === "image") this.image?.failures.push(error);
    else this.backend.fail?.(kind, error);
  }

  clearFaults(): void {
    this.backend.clearFaults?.();
    if (this.image !== undefined) this.image.failures.length = 0;
  }

  /** Power goes and comes back, or, where there is no switch, only what is in memory is lost. */
  async crash(): Promise<void> {
    const cut = this.backend.powerCut?.() ?? "only memory is lost";
    this.log(`crash: ${cut}, ${this.underWay} requests under way`);
    await this.loseMemory();
    this.clearFaults();
    await this.recover();
  }

  /** Everything under way ends, and nothing of it needs to be there afterwards. */
  async loseMemory(): Promise<void> {
    const abandoned = this.#volume?.abandon();
    await this.settle();
    await abandoned;
    this.#volume = undefined;
  }

  async recover(): Promise<void> {
    await this.open();
    this.model.recover(await this.readAll());
  }

  /** `failed`: it is still open. */
  async close(): Promise<"done" | "failed" | "lost"> {
    await this.settle();
    const outcome = await this.survives(this.volume.close());
    if (outcome !== "done") return outcome;
    this.model.beginFlush()();
    this.#volume = undefined;
    return "done";
  }

  async reopen(): Promise<void> {
    this.log("close and open");
    await this.settle();
    this.clearFaults();
    // A commit that nobody waited for may have met the last fault: then the flush says so, and works when tried again (B13).
    if ((await this.survives(this.volume.flush())) === "failed") await this.volume.flush();
    expect(this.volume.stats().unstoredBytes).toBe(0);
    await this.volume.close();
    if (this.random.chance(0.5)) {
      this.log("freeze");
      await freezeHead(this.#address, { ...this.backend, random: this.random });
    }
    await this.open();
    expect(await this.readAll()).toEqual(Array.from({ length: this.model.sectors }, (_, s) => this.model.stamp(s)));
    this.model.beginFlush()();
  }

  async readAll(): Promise<Stamp[]> {
    const stamps: Stamp[] = [];
    for (const { first, count } of zones.runs(this.model.sectors)) {
      const at = zones.toDisk(first);
      stamps.push(...stampsOf(await this.volume.read(at * SECTOR, count * SECTOR), at));
    }
    return stamps;
  }

  /** B8, B9: what the store holds is what the records say, and no block of zeros. */
  async checkStore(): Promise<void> {
    await this.volume.flush();
    const store = await this.backend.openStore(this.backend.database);
    const head = (await recordStore(store).get(volumeKind, this.#address.volumeId))?.head as string;
    const stored = await store.keys({ prefix: ["block", head] });
    expect((await recordStore(store).get(layerKind, head))?.storedBlocks).toBe(stored.length);
    expect(this.volume.stats().storedBytes).toBe(stored.length * BLOCK_BYTES);
    const written = new Set<number>();
    for (let sector = 0; sector < this.model.sectors; sector++) {
      if (this.model.stamp(sector) !== 0) written.add(Math.floor(zones.toDisk(sector) / PER_BLOCK));
    }
    for (const key of stored) expect(written, `block ${key[2]} is stored, and zeros`).toContain(key[2]);
    await store.close();
  }
}

function check(bytes: Uint8Array, first: number, possible: readonly ReadonlySet<Stamp>[]): void {
  stampsOf(bytes, zones.toDisk(first)).forEach((stamp, i) => {
    if (possible[i]?.has(stamp)) return;
    throw new Error(`sector ${first + i} reads ${stamp}, not one of ${[...(possible[i] ?? [])]}`);
  });
}

/** Random requests, many at a time, faults and crashes; every answer is checked against the model. */
export async function fuzzDrive(backend: DriveBackend, run: FuzzRun): Promise<void> {
  const drive = await Drive.make(backend, run);
  const weights = { write: 40, read: 25, flush: 8, discard: 8, settle: 8, wait: 8, fault: 3, crash: 1.5, reopen: 1 };
  for (let step = 0; step < run.steps; step++) {
    backend.onStep?.();
    const action = run.random.weighted(weights);
    if (action === "wait") await turns(run.random.int(30));
    else await drive[action]();
    if (drive.underWay > 12) await drive.settle();
  }
  await drive.reopen();
  await drive.checkStore();
  await drive.volume.close();
}
