import { toHex } from "../base/bytes.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import { type Locks, systemLocks, withLock } from "../base/locks.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { openIndexedDb } from "../store/indexed-db.ts";
import type { KeyValueStore, OpenStore } from "../store/key-value-store.ts";
import { type RecordStore, recordStore } from "../store/records.ts";

/** What stands in for the browser in tests. */
export interface Surroundings {
  readonly openStore?: OpenStore;
  readonly random?: Random;
  readonly clock?: Clock;
  readonly locks?: Locks;
}

export interface VolumeAddress {
  /** The IndexedDB database that holds the volume. */
  readonly database: string;
  readonly volumeId: string;
}

export interface SnapshotAddress {
  readonly database: string;
  readonly snapshotId: string;
}

/**
 * How long to wait for a volume that somebody has open: longer than a step of the collection takes, and than a browser
 * takes to release the locks of a worker that was just terminated; short enough for whoever waits for the answer.
 */
const VOLUME_WAIT_MS = 2_000;

export const volumeLock = ({ database, volumeId }: VolumeAddress) => `tabvisor-volume ${database}/${volumeId}`;
/** Held by whoever reads which layers there are and then changes it. */
export const layersLock = (database: string) => `tabvisor-layers ${database}`;
export const collectionLock = (database: string) => `tabvisor-collection ${database}`;

/** Becomes the one writer of a volume (B32): gives the function that ends it. In use: `VolumeInUse`. */
export async function holdVolume(
  address: VolumeAddress,
  { locks = systemLocks(), clock = systemClock }: Surroundings,
): Promise<() => void> {
  const name = volumeLock(address);
  const free = await locks.acquire(name, { ifAvailable: true });
  if (free !== undefined) return free;
  const patience = new AbortController();
  const cancel = clock.setTimer(VOLUME_WAIT_MS, () => patience.abort());
  const late = await locks.acquire(name, { signal: patience.signal });
  cancel();
  if (late !== undefined) return late;
  const { volumeId } = address;
  throw new CloudError("VolumeInUse", `The volume '${volumeId}' is open elsewhere.`, { volumeId });
}

/** Work on the records of a database, beside nobody else who changes layers (`exclusive`) or beside readers (`shared`). */
export async function withLayers<T>(
  database: string,
  { openStore = openIndexedDb, locks = systemLocks() }: Surroundings,
  mode: "exclusive" | "shared",
  work: (records: RecordStore, store: KeyValueStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(database);
  try {
    return await withLock(locks, layersLock(database), () => work(recordStore(store), store), mode);
  } finally {
    await store.close();
  }
}

/** Like `withLayers`, for a change of a volume that must not be open meanwhile: else `VolumeInUse`. */
export async function withClosedVolume<T>(
  address: VolumeAddress,
  surroundings: Surroundings,
  work: (records: RecordStore) => Promise<T>,
): Promise<T> {
  const release = await holdVolume(address, surroundings);
  try {
    return await withLayers(address.database, surroundings, "exclusive", work);
  } finally {
    release();
  }
}

export function newLayerId(random: Random = systemRandom): string {
  return `layer-${toHex(random.bytes(9))}`;
}
