import { systemClock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { systemRandom } from "../base/random.ts";
import { NetworkWorker } from "../lifecycle/network-worker.ts";
import { reasons } from "../lifecycle/reasons.ts";
import { CHECK_EVERY_MS } from "../lifecycle/status-checks.ts";
import { VolumeWorker } from "../lifecycle/volume-worker.ts";
import { WorkerMachineFactory } from "../lifecycle/worker-machine.ts";
import { startFreshLog } from "../store/fresh-log.ts";
import { openIndexedDb } from "../store/indexed-db.ts";
import { recordStore } from "../store/records.ts";
import { assemble, type CloudResources } from "./assembly.ts";
import { reportBackground } from "./background.ts";
import { defaultLimits } from "./capacity.ts";
import type { CloudOptions } from "./cloud-options.ts";
import { ImageKeeper } from "./image-keeper.ts";
import type { ImageCatalogue } from "./images/image-catalogue.ts";
import { waitForDeparted } from "./ownership.ts";
import { type StopProgress, stopAll } from "./stop-all.ts";
import { type HandleRequest, LocalBackend } from "./tabs/local-backend.ts";
import { TabHost } from "./tabs/tab-host.ts";

/** A cloud that this tab runs. */
export interface OwnedCloud {
  readonly backend: LocalBackend;
  /** Stops the instances of all accounts and regions in order. */
  stopAll(told: (progress: StopProgress) => void): Promise<void>;
  /** Cuts the power of every instance after its disk is flushed, and lets go of everything, ownership last. */
  close(): Promise<void>;
}

/** Gives what answers requests of EC2's protocol, for a cloud that this tab runs. */
export type OpenEndpoint = (resources: CloudResources) => HandleRequest;

/** Opens the cloud in the tab that has its `ownership`, with what an earlier owner left of it. */
export async function openOwnedCloud(
  name: string,
  options: CloudOptions,
  ownership: Disposable,
  ec2?: OpenEndpoint,
): Promise<OwnedCloud> {
  const owned = new DisposableStore();
  owned.add(ownership);
  try {
    const database = `tabvisor-${name}`;
    // A browser without room for it can still be told to delete something.
    const freshLog = startFreshLog().catch(reportBackground);
    const [store] = await Promise.all([openIndexedDb(database), waitForDeparted(database)]);
    const network = owned.add(new NetworkWorker());
    const machines = owned.add(new WorkerMachineFactory(network));
    const volumeWorker = owned.add(new VolumeWorker());
    const volumeClient = () => volumeWorker.client();
    const resources = owned.add(
      assemble({
        database,
        records: recordStore(store),
        machines,
        volumeClient,
        packets: network,
        network: options.network,
        imagesUrl: imagesUrl(options.imagesUrl),
        images: { names: options.images },
        storage: navigator.storage,
        rootKey: options.rootKey,
        limits: { ...defaultLimits(deviceMemory()), ...options.limits },
        statusCheckMs: CHECK_EVERY_MS,
        clock: systemClock,
        random: systemRandom,
      }),
    );
    const { instances, catalogue } = resources;
    const keepImage = async (imageId: string) =>
      (await volumeClient()).keepImage({ database, image: (await catalogue.ofInstance(imageId)).ref });
    owned.add(new ImageKeeper(instances, keepImage, systemClock));
    await resources.load();
    await freshLog;
    if (options.warmUp !== false) void warmUp(machines, network, catalogue);
    owned.add(whenLeft(() => void resources.access.audit.flush().catch(reportBackground)));
    const backend = new LocalBackend(resources, ec2?.(resources));
    const host = owned.add(await TabHost.open(name, backend));
    const close = async () => {
      host.dispose();
      await shutDown(resources, store, owned);
    };
    return { backend, stopAll: (told) => stopAll(instances.list(), told), close };
  } catch (error) {
    owned.dispose();
    throw error;
  }
}

/** When the page may not come back: it is closed or reloaded, or a phone shows something else (HTML, "Page lifecycle"). */
function whenLeft(listener: () => void): Disposable {
  const events = ["pagehide", "visibilitychange"];
  for (const event of events) addEventListener(event, listener);
  return {
    dispose() {
      for (const event of events) removeEventListener(event, listener);
    },
  };
}

async function shutDown(
  { instances, books, access }: CloudResources,
  store: { close(): Promise<void> },
  owned: DisposableStore,
): Promise<void> {
  try {
    await instances.shutOff(reasons.pageClosed);
    await books.flush();
    await access.close();
    await store.close();
  } finally {
    owned.dispose();
  }
}

/** A help, no more: what fails here fails again, and is told, at the launch. */
async function warmUp(
  machines: WorkerMachineFactory,
  network: NetworkWorker,
  catalogue: ImageCatalogue,
): Promise<void> {
  machines.warmUp();
  try {
    await machines.prefetch((await catalogue.default()).ref);
  } catch {
    // See above.
  }
  network.warmUp();
}

function imagesUrl(given = "images/"): string {
  const url = new URL(given, location.href).href;
  return url.endsWith("/") ? url : `${url}/`;
}

/** GiB, rounded and capped by the browser; only Chromium tells (Device Memory API). */
function deviceMemory(): number | undefined {
  return (navigator as { deviceMemory?: number }).deviceMemory;
}
