import { systemClock } from "../base/clock.ts";
import { DisposableStore } from "../base/disposable.ts";
import { CloudError } from "../base/errors.ts";
import { systemRandom } from "../base/random.ts";
import { reasons } from "../lifecycle/reasons.ts";
import { VolumeWorker } from "../lifecycle/volume-worker.ts";
import { WorkerMachineFactory } from "../lifecycle/worker-machine.ts";
import { openIndexedDb } from "../store/indexed-db.ts";
import type { KeyValueStore } from "../store/key-value-store.ts";
import { recordStore } from "../store/records.ts";
import { assemble, type CloudResources } from "./assembly.ts";
import type { CloudBackups } from "./backups/backups.ts";
import { defaultLimits, type Limits } from "./capacity.ts";
import { ImageKeeper } from "./image-keeper.ts";
import { EMBEDDED_IMAGES, type ImageCatalogue } from "./images/image-catalogue.ts";
import type { CloudImages } from "./images/images.ts";
import { INSTANCE_TYPES, type InstanceType } from "./instance-types.ts";
import type { CloudInstances } from "./instances.ts";
import { takeOwnership } from "./ownership.ts";
import type { CloudSnapshots } from "./snapshots/snapshots.ts";
import type { CloudStorage } from "./storage/storage.ts";
import type { CloudVolumes } from "./volumes/volumes.ts";

export interface CloudOptions {
  /** Clouds of different names share nothing but the cache of images. Letters, digits, "-", "_"; "default" by default. */
  readonly name?: string;
  /** Where the images are; `images/` beside the page by default. */
  readonly imagesUrl?: string;
  readonly limits?: Partial<Limits>;
  /** Load a worker and the default image before the first launch, so that it is quick; true by default. */
  readonly warmUp?: boolean;
}

/** A cloud that is open in this page. */
export class TabCloud {
  readonly instances: CloudInstances;
  readonly images: CloudImages;
  readonly volumes: CloudVolumes;
  readonly snapshots: CloudSnapshots;
  readonly backups: CloudBackups;
  readonly storage: CloudStorage;
  readonly instanceTypes: readonly InstanceType[] = INSTANCE_TYPES;
  readonly #close: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(resources: CloudResources, close: () => Promise<void>) {
    this.instances = resources.instances;
    this.images = resources.images;
    this.volumes = resources.volumes;
    this.snapshots = resources.snapshots;
    this.backups = resources.backups;
    this.storage = resources.storage;
    this.#close = close;
  }

  /** Cuts the power of every instance after its disk is flushed, and lets go of everything. */
  dispose(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }
}

/**
 * Opens the cloud of this page, with what an earlier page left of it.
 *
 * Rejects with `Cloud.InUse` when another tab has it open, `Store.Unavailable` when the browser refuses IndexedDB,
 * `Cloud.InsecureContext` when the page is served over plain http from another machine.
 */
export async function openTabCloud(options: CloudOptions = {}): Promise<TabCloud> {
  const name = checkName(options.name);
  const owned = new DisposableStore();
  try {
    owned.add(await takeOwnership(name));
    const database = `tabvisor-${name}`;
    const store = await openIndexedDb(database);
    const machines = owned.add(new WorkerMachineFactory());
    const volumeWorker = owned.add(new VolumeWorker());
    const volumeClient = () => volumeWorker.client();
    const resources = owned.add(
      assemble({
        database,
        records: recordStore(store),
        machines,
        volumeClient,
        imagesUrl: imagesUrl(options.imagesUrl),
        storage: navigator.storage,
        limits: { ...defaultLimits(deviceMemory()), ...options.limits },
        clock: systemClock,
        random: systemRandom,
      }),
    );
    const { instances, catalogue } = resources;
    const keepImage = async (imageId: string) =>
      (await volumeClient()).keepImage((await catalogue.ofInstance(imageId)).ref);
    owned.add(new ImageKeeper(instances, keepImage, systemClock));
    await resources.load();
    if (options.warmUp !== false) void warmUp(machines, catalogue);
    return new TabCloud(resources, () => close(instances, store, owned));
  } catch (error) {
    owned.dispose();
    throw error;
  }
}

async function close(instances: CloudInstances, store: KeyValueStore, owned: DisposableStore): Promise<void> {
  try {
    await instances.shutOff(reasons.pageClosed);
    await store.close();
  } finally {
    owned.dispose();
  }
}

/** A help, no more: what fails here fails again, and is told, at the launch. */
async function warmUp(machines: WorkerMachineFactory, catalogue: ImageCatalogue): Promise<void> {
  machines.warmUp();
  try {
    const [first] = EMBEDDED_IMAGES;
    if (first !== undefined) await machines.prefetch((await catalogue.find(first)).ref);
  } catch {
    // See above.
  }
}

function checkName(name = "default"): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  throw new CloudError("InvalidParameterValue", `Invalid cloud name "${name}": use 1–64 letters, digits, "-" or "_".`, {
    name,
  });
}

function imagesUrl(given = "images/"): string {
  const url = new URL(given, location.href).href;
  return url.endsWith("/") ? url : `${url}/`;
}

/** GiB, rounded and capped by the browser; only Chromium tells (Device Memory API). */
function deviceMemory(): number | undefined {
  return (navigator as { deviceMemory?: number }).deviceMemory;
}
