import type { Clock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import type { Random } from "../base/random.ts";
import type { MachineFactory } from "../lifecycle/machine.ts";
import type { Client } from "../protocol/contract.ts";
import type { VolumeContract } from "../protocol/volume-contract.ts";
import type { RecordStore } from "../store/records.ts";
import { reportBackground } from "./background.ts";
import { CloudBackups } from "./backups/backups.ts";
import type { Limits } from "./capacity.ts";
import { ClientTokens } from "./client-tokens.ts";
import { CloudEncryption } from "./encryption/encryption.ts";
import { KeyRing } from "./encryption/key-ring.ts";
import { GarbageCollector } from "./garbage-collector.ts";
import { ImageBundles } from "./images/image-bundles.ts";
import { ImageCatalogue } from "./images/image-catalogue.ts";
import { ImageMaker } from "./images/image-maker.ts";
import { CloudImages } from "./images/images.ts";
import { neededFiles } from "./images/needed-files.ts";
import { CloudInstances } from "./instances.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { Registry } from "./registry.ts";
import { SnapshotMaker } from "./snapshots/snapshot-maker.ts";
import { CloudSnapshots } from "./snapshots/snapshots.ts";
import { type BrowserStorage, CloudStorage } from "./storage/storage.ts";
import { CloudTags } from "./tagging.ts";
import { VolumeWork } from "./volume-work.ts";
import { Attachments } from "./volumes/attachments.ts";
import type { DiskContext } from "./volumes/disk-context.ts";
import { VolumeMaker } from "./volumes/volume-maker.ts";
import { CloudVolumes } from "./volumes/volumes.ts";

/** What a cloud stands on; tests give their own. */
export interface CloudFoundations {
  /** The database of the volumes' blocks, and of `records`. */
  readonly database: string;
  readonly records: RecordStore;
  readonly machines: MachineFactory;
  readonly volumeClient: () => Promise<Client<VolumeContract>>;
  /** Absolute, ends in a slash. */
  readonly imagesUrl: string;
  /** Which images come with the page, and how they are fetched. */
  readonly images?: { readonly names?: readonly string[] | undefined; readonly fetch?: typeof fetch };
  /** `navigator.storage`. */
  readonly storage?: BrowserStorage;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
}

export interface CloudResources extends Disposable {
  readonly instances: CloudInstances;
  readonly volumes: CloudVolumes;
  readonly snapshots: CloudSnapshots;
  readonly images: CloudImages;
  readonly backups: CloudBackups;
  readonly storage: CloudStorage;
  readonly encryption: CloudEncryption;
  readonly tags: CloudTags;
  readonly catalogue: ImageCatalogue;
  /** Takes everything that is stored back, and goes on with what an earlier page had begun. */
  load(): Promise<void>;
}

/** Builds the resources of one cloud, which need each other. */
export function assemble(foundations: CloudFoundations): CloudResources {
  const { database, records, machines, volumeClient, imagesUrl, limits, clock, random } = foundations;
  const owned = new DisposableStore();
  const registry = new Registry(records);
  const catalogue = new ImageCatalogue(registry, imagesUrl, foundations.images);
  const collect = async () => {
    const files = await neededFiles(registry, instances, catalogue);
    return await (await volumeClient()).collectGarbage({ database, files });
  };
  const garbage = owned.add(new GarbageCollector(collect, clock));
  const keys = new KeyRing(registry, random);
  const disks: DiskContext = {
    registry,
    keys,
    work: new VolumeWork(database, volumeClient),
    queue: new KeyedQueue(),
    clock,
    random,
    findInstance: (id) => instances.link(id),
    bootedFrom: (snapshotId) => instances.bootedFrom(snapshotId),
    imageRef: async (imageId) => (await catalogue.ofInstance(imageId)).ref,
    imageRoot: async (nameOrId) => {
      const image = await catalogue.find(nameOrId);
      const [root] = image.devices;
      if (root === undefined) throw new Error(`the image ${image.id} has no root volume`);
      return { ...root, remember: catalogue.remember(image) };
    },
    onGarbage: garbage.kick,
  };
  const volumeMaker = new VolumeMaker(disks);
  const attachments = new Attachments(disks, volumeMaker);
  const snapshotMaker = new SnapshotMaker(disks);
  const imageMaker = new ImageMaker(disks, catalogue, snapshotMaker, attachments);
  const imageBundles = new ImageBundles(disks, catalogue, imageMaker, snapshotMaker);
  const exists = (id: string): boolean =>
    registry.volumes.get(id) !== undefined || instances.list().some((instance) => instance.id === id);
  const clientTokens: ClientTokens = new ClientTokens({ table: registry.clientTokens, clock, exists });
  const instances: CloudInstances = new CloudInstances({
    disks,
    attachments,
    clientTokens,
    machines,
    images: catalogue,
    limits,
    clock,
    random,
  });
  const finishOld = async () => {
    volumeMaker.finishOld();
    await snapshotMaker.finishOld();
    await imageMaker.finishOld();
  };
  // Everything that is made has a volume: the first one is when the browser is asked to keep it.
  const storage = owned.add(new CloudStorage(disks.work, foundations.storage ?? {}, clock, registry.volumes.onChange));
  const snapshots = owned.add(new CloudSnapshots(disks, snapshotMaker, attachments));
  owned.add(keys.onUnlock(() => volumeMaker.finishOld()));
  const backups = owned.add(new CloudBackups(disks, snapshots));
  return {
    instances,
    storage,
    encryption: new CloudEncryption(keys),
    tags: new CloudTags(disks, instances, catalogue),
    volumes: owned.add(new CloudVolumes(disks, volumeMaker, attachments, clientTokens)),
    snapshots,
    backups,
    images: owned.add(new CloudImages(disks, catalogue, imageMaker, imageBundles, snapshots)),
    catalogue,
    async load() {
      await registry.load();
      await keys.load();
      await instances.load();
      await attachments.settleOld();
      // In the background: nobody waits for it, and it needs the volume worker.
      finishOld().catch(reportBackground);
      garbage.kick();
      storage.watch();
      backups.start();
    },
    dispose: () => owned.dispose(),
  };
}
