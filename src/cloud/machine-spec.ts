import type { InstanceId } from "../base/ids.ts";
import type { MachineDisk, MachineInterface, MachineSpec } from "../protocol/vm-contract.ts";
import { hostnameOf } from "./addresses.ts";
import { bootImageOf } from "./attributes/modification.ts";
import type { ImageCatalogue } from "./images/image-catalogue.ts";
import type { InstanceType } from "./instance-types.ts";
import { type InstanceRecord, type InstanceStoreRecord, storeRootOf } from "./records.ts";
import type { Registry } from "./registry.ts";
import type { Attachments } from "./volumes/attachments.ts";
import { placeOf } from "./volumes/device-names.ts";
import { completedSnapshot, type DiskContext, imageUrlOf } from "./volumes/disk-context.ts";

interface Surroundings {
  readonly disks: DiskContext;
  readonly attachments: Attachments;
  readonly images: ImageCatalogue;
}

/** The machine that an instance shall have at its next start, with all its disks. Rejects when it has no root volume (F37). */
export async function machineSpec(
  { disks, attachments, images }: Surroundings,
  id: InstanceId,
  record: InstanceRecord,
  { memoryMiB, cpuShare }: InstanceType,
): Promise<MachineSpec> {
  if (storeRootOf(record) === undefined) attachments.checkRoot(id, record.rootDevice);
  const stores = await Promise.all(record.instanceStores.map((store) => storeDisk(disks, store)));
  const volumes = [...(await attachments.disksFor(id)), ...stores];
  attachments.nameInOrder(id, volumes);
  return {
    instanceId: id,
    hostname: hostnameOf(record.privateIpAddress),
    memoryMiB,
    cpuShare,
    image: await bootImageOf(images, record),
    database: disks.work.database,
    volumes,
    networkInterfaces: machineInterfaces(disks.registry, id),
  };
}

/** The cards of the interfaces that are attached to it. */
const machineInterfaces = ({ networkInterfaces }: Registry, id: InstanceId): MachineInterface[] =>
  networkInterfaces
    .entries()
    .filter(([, { attachment }]) => attachment?.instanceId === id)
    .map(([interfaceId, { macAddress, attachment }]) => ({
      interfaceId,
      macAddress,
      deviceIndex: attachment?.deviceIndex ?? 0,
    }));

async function storeDisk(
  disks: DiskContext,
  { virtualName, device, sizeBytes, base }: InstanceStoreRecord,
): Promise<MachineDisk> {
  const disk = { kind: "instance-store" as const, volumeId: virtualName, device: placeOf(device), sizeBytes };
  if (base === undefined) return disk;
  if (base.snapshotId === null) return { ...disk, base: { snapshotId: null } };
  const { snapshotId } = base;
  const { imageId, keyId } = completedSnapshot(disks, snapshotId);
  const imageUrl = await imageUrlOf(disks, imageId);
  const key = await disks.keys.open(keyId, snapshotId);
  return { ...disk, base: { snapshotId, ...(imageUrl !== null && { imageUrl }), ...(key !== undefined && { key }) } };
}
