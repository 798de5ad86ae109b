import type { Clock } from "../base/clock.ts";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import type { Random } from "../base/random.ts";
import type { MachineFactory } from "../lifecycle/machine.ts";
import type { Client } from "../protocol/contract.ts";
import type { VolumeContract } from "../protocol/volume-contract.ts";
import type { RecordStore } from "../store/records.ts";
import { CloudAccess, type RootKey } from "./access/cloud-access.ts";
import { ResourceLookup } from "./access/resource-lookup.ts";
import { reportBackground } from "./background.ts";
import { CloudBackups } from "./backups/backups.ts";
import { CloudBilling } from "./billing/billing.ts";
import { Books } from "./billing/books.ts";
import type { Limits } from "./capacity.ts";
import { ClientTokens } from "./client-tokens.ts";
import { CloudEncryption } from "./encryption/encryption.ts";
import { KeyRing } from "./encryption/key-ring.ts";
import { CloudEvents } from "./events/cloud-events.ts";
import { GarbageCollector } from "./garbage-collector.ts";
import { ImageBundles } from "./images/image-bundles.ts";
import { ImageCatalogue } from "./images/image-catalogue.ts";
import { ImageMaker } from "./images/image-maker.ts";
import { CloudImages } from "./images/images.ts";
import { neededFiles } from "./images/needed-files.ts";
import type { OwnImageRecord } from "./images/own-image-record.ts";
import { PublishedImages, type PublishedImagesOptions } from "./images/published-images.ts";
import { CloudInstances } from "./instances.ts";
import { CloudKeyPairs } from "./key-pairs/key-pairs.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { CloudLaunchTemplates } from "./launch-templates/launch-templates.ts";
import { InstanceConnections } from "./network/connections.ts";
import { IdentityKey } from "./network/identity-key.ts";
import { AddressWatch } from "./network/instance-addresses.ts";
import { scopesOf } from "./network/network.ts";
import { NetworkInForce, type PacketNetwork } from "./network/network-in-force.ts";
import { type NetworkOptions, networkSetup } from "./network/network-options.ts";
import { type NetworkResources, networkResources } from "./network/network-resources.ts";
import { quotaCounters } from "./quotas/quota-counters.ts";
import { QuotaKeeper } from "./quotas/quota-keeper.ts";
import { CloudQuotas } from "./quotas/quotas.ts";
import { Registry } from "./registry.ts";
import { EVERYTHING, type View } from "./scope.ts";
import { SnapshotMaker } from "./snapshots/snapshot-maker.ts";
import { CloudSnapshots } from "./snapshots/snapshots.ts";
import { type BrowserStorage, CloudStorage } from "./storage/storage.ts";
import { StorageWitness } from "./storage/storage-witness.ts";
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
  /** Where packets pass; without one there are records only. */
  readonly packets?: PacketNetwork;
  readonly network?: NetworkOptions | undefined;
  /** Absolute, ends in a slash. */
  readonly imagesUrl: string;
  /** Which images come with the page, and how they are fetched. */
  readonly images?: Pick<PublishedImagesOptions, "names" | "fetch" | "moreIds">;
  /** `navigator.storage`. */
  readonly storage?: BrowserStorage;
  readonly limits: Limits;
  /** An access key of the default account's root user: a new cloud has test/test unless it says otherwise. */
  readonly rootKey?: RootKey | undefined;
  /** How often machines and guests are asked whether they are there (F20); never, when absent. */
  readonly statusCheckMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  /** How often it is written that the page is there; half a minute by default. */
  readonly seenEveryMs?: number;
}

export interface CloudResources extends Disposable, NetworkResources {
  readonly instances: CloudInstances;
  readonly volumes: CloudVolumes;
  readonly snapshots: CloudSnapshots;
  readonly images: CloudImages;
  readonly keyPairs: CloudKeyPairs;
  readonly launchTemplates: CloudLaunchTemplates;
  readonly backups: CloudBackups;
  readonly storage: CloudStorage;
  readonly encryption: CloudEncryption;
  readonly tags: CloudTags;
  readonly quotas: CloudQuotas;
  readonly billing: CloudBilling;
  readonly books: Books;
  readonly catalogue: ImageCatalogue;
  /** Who there is, and what they may do and did. */
  readonly access: CloudAccess;
  readonly events: CloudEvents;
  /** What there is for somebody who has but a part of it all before them: the same objects for the same view. */
  seenBy(view: View): SeenResources;
  /** Takes everything that is stored back, and goes on with what an earlier page had begun. */
  load(): Promise<void>;
}

/** What has an owner. */
export type SeenResources = Pick<
  CloudResources,
  | "instances"
  | "volumes"
  | "snapshots"
  | "images"
  | "keyPairs"
  | "launchTemplates"
  | keyof NetworkResources
  | "tags"
  | "billing"
  | "quotas"
  | "encryption"
>;

/** Builds the resources of one cloud, which need each other. */
export function assemble(foundations: CloudFoundations): CloudResources {
  const { database, records, machines, volumeClient, packets, imagesUrl, limits, clock, random } = foundations;
  const owned = new DisposableStore();
  const registry = new Registry(records);
  const published = new PublishedImages({ records, baseUrl: imagesUrl, ...foundations.images });
  const catalogue = new ImageCatalogue(registry, published);
  const collect = async () => {
    const files = await neededFiles(registry, instances, catalogue);
    return await (await volumeClient()).collectGarbage({ database, files });
  };
  const garbage = owned.add(new GarbageCollector(collect, clock));
  const keys = new KeyRing(registry, random);
  const quotas = new QuotaKeeper(
    records,
    limits,
    quotaCounters(registry, () => instances),
  );
  const disks: DiskContext = {
    registry,
    view: EVERYTHING,
    quotas,
    keys,
    work: new VolumeWork(database, volumeClient),
    queue: new KeyedQueue(),
    clock,
    random,
    findInstance: (id) => instances.link(id),
    bootedFrom: (snapshotId) => instances.bootedFrom(snapshotId),
    imageRef: async (imageId) => (await catalogue.ofInstance(imageId)).ref,
    imageRoot: async (nameOrId, view) => {
      const image = await catalogue.find(nameOrId, view);
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
    registry.volumes.get(id) !== undefined ||
    isThere(registry.images.get(id)) ||
    registry.launchTemplates.get(id) !== undefined ||
    registry.network.some((table) => table.get(id) !== undefined) ||
    instances.find(id) !== undefined;
  const clientTokens: ClientTokens = new ClientTokens({ table: registry.clientTokens, clock, exists });
  const instances: CloudInstances = new CloudInstances({
    disks,
    attachments,
    clientTokens,
    machines,
    images: catalogue,
    connections: new InstanceConnections(registry, packets),
    limits,
    statusCheckMs: foundations.statusCheckMs,
    clock,
    random,
  });
  const finishOld = async () => {
    volumeMaker.finishOld();
    await snapshotMaker.finishOld();
    await imageMaker.finishOld();
  };
  const browser = foundations.storage ?? {};
  const folder = browser.getDirectory?.bind(browser);
  const witness = folder && new StorageWitness(registry.records, disks.work.database, folder, clock, random);
  // Everything that is made has a volume: the first one is when the browser is asked to keep it.
  const storage = owned.add(new CloudStorage(disks.work, browser, witness, clock, registry.volumes.onChange));
  const snapshots = owned.add(new CloudSnapshots(disks, snapshotMaker, attachments));
  owned.add(keys.onUnlock(() => volumeMaker.finishOld()));
  owned.add(keys.onUnlock(() => void instances.recover().catch(reportBackground)));
  const backups = owned.add(new CloudBackups(disks, snapshots));
  const quotaParts = { keeper: quotas, registry, clock, random };
  const { seenEveryMs } = foundations;
  const books = owned.add(new Books({ instances, registry, database, volumeClient, clock, seenEveryMs }));
  const lookup = new ResourceLookup({ registry, instances, catalogue });
  const events = owned.add(new CloudEvents({ registry, instances, clock, session: String(clock.now()) }));
  const addressWatch = owned.add(new AddressWatch(registry));
  const networkInForce = owned.add(new NetworkInForce(registry, instances, packets));
  const identityKey = new IdentityKey(records);
  packets?.setUp(async () => ({
    ...networkSetup(foundations.network),
    identity: await identityKey.keys(),
  }));
  const access = new CloudAccess({ records, clock, random, lookup, rootKey: foundations.rootKey });
  const setSourceDestCheck = (instanceId: string, sourceDestCheck: boolean) =>
    instances.get(instanceId).modify({ sourceDestCheck });
  const seen = new Map<string, SeenResources>();
  const seenBy = (view: View): SeenResources => {
    const known = seen.get(view.key);
    if (known !== undefined) return known;
    const mine = instances.seenBy(view);
    const context: DiskContext = { ...disks, view, findInstance: (id) => mine.link(id) };
    const maker = new ImageMaker(context, catalogue, snapshotMaker, attachments);
    const bundles = new ImageBundles(context, catalogue, maker, snapshotMaker);
    const mySnapshots = owned.add(snapshots.seenIn(context));
    const resources = {
      instances: mine,
      volumes: owned.add(new CloudVolumes(context, volumeMaker, attachments, clientTokens)),
      snapshots: mySnapshots,
      images: owned.add(new CloudImages(context, catalogue, maker, bundles, mySnapshots, clientTokens)),
      keyPairs: owned.add(new CloudKeyPairs(context)),
      launchTemplates: new CloudLaunchTemplates(context, clientTokens, mine),
      ...networkResources({ ...context, clientTokens, setSourceDestCheck, identityKey, packets }),
      tags: new CloudTags(context, mine, catalogue),
      quotas: new CloudQuotas(quotaParts, view),
      encryption: new CloudEncryption(keys, view),
      billing: new CloudBilling(books, context, catalogue),
    };
    seen.set(view.key, resources);
    return resources;
  };
  return {
    instances,
    storage,
    encryption: new CloudEncryption(keys, EVERYTHING),
    tags: new CloudTags(disks, instances, catalogue),
    quotas: new CloudQuotas(quotaParts, EVERYTHING),
    billing: new CloudBilling(books, disks, catalogue),
    books,
    volumes: owned.add(new CloudVolumes(disks, volumeMaker, attachments, clientTokens)),
    snapshots,
    keyPairs: owned.add(new CloudKeyPairs(disks)),
    launchTemplates: new CloudLaunchTemplates(disks, clientTokens, instances),
    ...networkResources({
      ...disks,
      clientTokens,
      setSourceDestCheck,
      identityKey,
      packets,
      scopes: () => scopesOf(access.directory.accounts.list().map(({ accountId }) => accountId)),
    }),
    backups,
    images: owned.add(new CloudImages(disks, catalogue, imageMaker, imageBundles, snapshots, clientTokens)),
    catalogue,
    access,
    events,
    seenBy,
    async load() {
      await Promise.all([registry.load(), access.load()]);
      await keys.load();
      await quotas.load();
      await instances.load();
      addressWatch.start((ids) => instances.touched(ids));
      networkInForce.start();
      await attachments.settleOld();
      await instances.recover();
      await books.load();
      // In the background: nobody waits for it, and it needs the volume worker.
      finishOld().catch(reportBackground);
      garbage.kick();
      storage.begin(registry.volumes.size > 0).catch(reportBackground);
      storage.watch();
      backups.start();
      events.watch();
    },
    dispose: () => owned.dispose(),
  };
}

const isThere = (image: OwnImageRecord | undefined): boolean => image !== undefined && image.state !== "deregistered";
