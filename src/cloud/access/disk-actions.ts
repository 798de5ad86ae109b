import type * as images from "../images/image-info.ts";
import { EVERYBODY } from "../scope.ts";
import type { PermissionChange } from "../sharing.ts";
import type * as snapshots from "../snapshots/snapshot-info.ts";
import type { PLAN } from "../tabs/plan.ts";
import type * as volumes from "../volumes/volume-info.ts";
import {
  type CallsOf,
  changing,
  each,
  listIn,
  type MemberAction,
  type MemberCall,
  made,
  requestOf,
  settingTags,
  textAt,
} from "./member-action.ts";

/** The resource whose id comes first, or in the request. */
const volume = (call: MemberCall) => [
  call.lookup.volume(requestOf<{ volumeId: string }>(call).volumeId ?? textAt(call, 0)),
];
const snapshot = (call: MemberCall) => [
  call.lookup.snapshot(requestOf<{ snapshotId: string }>(call).snapshotId ?? textAt(call, 0)),
];
const image = async (call: MemberCall) => [await call.lookup.image(textAt(call, 0))];

const withFirst =
  (name: string) =>
  ({ args: [first, second] }: MemberCall) =>
    typeof first === "string"
      ? { [name]: first, ...(second === undefined ? {} : { with: second }) }
      : (first as object);

const onVolume = (action: string): MemberAction => ({ action, touches: volume, parameters: withFirst("volumeId") });
const onSnapshot = (action: string): MemberAction => ({
  action,
  touches: snapshot,
  parameters: withFirst("snapshotId"),
});
const onImage = (action: string): MemberAction => ({ action, touches: image, parameters: withFirst("imageId") });
const reading = (action: string): MemberAction => ({ action, readOnly: true });

/** EC2 has an action of its own for taking all permissions back. */
const sharing = (
  on: (action: string) => MemberAction,
  kind: "Image" | "Snapshot",
  attribute: "CreateVolumePermission" | "LaunchPermission",
): MemberAction => ({
  ...changing(on(`Modify${kind}Attribute`), (change: PermissionChange) => {
    const { add, remove } = change;
    const permissions = {
      ...(add && { Add: add.map(permissionOf) }),
      ...(remove && { Remove: remove.map(permissionOf) }),
    };
    return { [attribute]: isReset(change) ? "" : permissions };
  }),
  action: ({ args: [, change] }) =>
    `${isReset((change ?? {}) as PermissionChange) ? "Reset" : "Modify"}${kind}Attribute`,
});
const isReset = ({ add, remove, reset }: PermissionChange) =>
  reset === true && add === undefined && remove === undefined;
const permissionOf = (whom: string) => (whom === EVERYBODY ? { Group: whom } : { UserId: whom });

export const VOLUME_ACTIONS: CallsOf<(typeof PLAN)["volumes"]> = {
  create: {
    action: "CreateVolume",
    touches: (call) => {
      const request = requestOf<volumes.CreateVolumeRequest & { readonly availabilityZone: string }>(call);
      const { sizeGiB, type = "gp2", iops, throughputMiBps, encrypted = false, availabilityZone } = request;
      const facts = { VolumeSize: sizeGiB, VolumeType: type, VolumeIops: iops, VolumeThroughput: throughputMiBps };
      const where = { Encrypted: encrypted, AvailabilityZone: availabilityZone };
      return [
        ...each(request.snapshotId, (id) => call.lookup.snapshot(id)),
        made("volume", request, { ...facts, ...where }),
      ];
    },
  },
  attach: {
    action: "AttachVolume",
    touches: (call) => {
      const { instanceId, volumeId } = requestOf<volumes.AttachVolumeRequest>(call);
      return [...each(instanceId, (id) => call.lookup.instance(id)), ...each(volumeId, (id) => call.lookup.volume(id))];
    },
  },
  detach: {
    action: "DetachVolume",
    touches: (call) => {
      const { volumeId = "", instanceId = call.lookup.instanceOf(volumeId) } =
        requestOf<volumes.DetachVolumeRequest>(call);
      return [...each(instanceId, (id) => call.lookup.instance(id)), call.lookup.volume(volumeId)];
    },
  },
  delete: onVolume("DeleteVolume"),
  modify: changing(
    onVolume("ModifyVolume"),
    ({ sizeGiB, type, iops, throughputMiBps }: Partial<volumes.ModifyVolumeRequest>) => ({
      Size: sizeGiB,
      VolumeType: type,
      Iops: iops,
      Throughput: throughputMiBps,
    }),
  ),
  growFileSystem: onVolume("tabvisor:GrowFileSystem"),
  rollback: {
    action: "tabvisor:RollBackVolume",
    touches: (call) => {
      const { volumeId, snapshotId } = requestOf<volumes.RollBackVolumeRequest>(call);
      return [...each(snapshotId, (id) => call.lookup.snapshot(id)), ...each(volumeId, (id) => call.lookup.volume(id))];
    },
  },
  setDeleteOnTermination: {
    action: "ModifyInstanceAttribute",
    touches: (call) => {
      const volumeId = textAt(call, 0);
      const instanceId = call.lookup.instanceOf(volumeId) ?? "";
      const { device = "" } = call.lookup.attachedTo(instanceId).find(({ id }) => id === volumeId) ?? {};
      const mappings = [{ DeviceName: device, Ebs: { DeleteOnTermination: call.args[1] } }];
      const attributes = { BlockDeviceMappings: JSON.stringify(mappings) };
      const touched = [...each(instanceId, (id) => call.lookup.instance(id)), call.lookup.volume(volumeId)];
      return touched.map((resource) => ({ ...resource, attributes }));
    },
    parameters: withFirst("volumeId"),
  },
  setTags: settingTags(volume),
  storedBytes: reading("DescribeVolumes"),
  chain: reading("DescribeVolumes"),
  export: onVolume("tabvisor:ExportVolume"),
};

export const SNAPSHOT_ACTIONS: CallsOf<(typeof PLAN)["snapshots"]> = {
  create: {
    action: "CreateSnapshot",
    touches: (call) => {
      const request = requestOf<snapshots.CreateSnapshotRequest>(call);
      return [made("snapshot", request), ...each(request.volumeId, (id) => call.lookup.volume(id))];
    },
  },
  createMany: {
    action: "CreateSnapshots",
    touches: (call) => {
      const request = requestOf<snapshots.CreateSnapshotsRequest>(call);
      const { instanceId = "", excludeBootVolume: withoutRoot = false } = request;
      const { lookup } = call;
      const root = lookup.rootDeviceOf(instanceId);
      const attached = lookup.attachedTo(instanceId).filter(({ device }) => !withoutRoot || device !== root);
      return [lookup.instance(instanceId), made("snapshot", request), ...attached.map(({ id }) => lookup.volume(id))];
    },
  },
  copy: {
    action: "CopySnapshot",
    copies: true,
    touches: (call) => {
      const request = requestOf<snapshots.CopySnapshotRequest>(call);
      return [made("snapshot", request, { Encrypted: request.encrypted ?? false })];
    },
  },
  share: sharing(onSnapshot, "Snapshot", "CreateVolumePermission"),
  import: { action: "ec2:ImportSnapshot", touches: (call) => [made("snapshot", requestOf(call))] },
  export: onSnapshot("tabvisor:ExportSnapshot"),
  delete: onSnapshot("DeleteSnapshot"),
  usage: reading("DescribeSnapshots"),
  setTags: settingTags(snapshot),
};

type NewImage = Partial<Pick<images.CreateImageRequest, "tags" | "snapshotTags">>;
const newImage = ({ tags = {} }: NewImage) => made("image", { tags });
const newSnapshot = ({ snapshotTags: tags = {} }: NewImage) => made("snapshot", { tags });

export const IMAGE_ACTIONS: CallsOf<(typeof PLAN)["images"]> = {
  list: reading("DescribeImages"),
  get: { ...reading("DescribeImages"), parameters: withFirst("image") },
  createFromInstance: {
    action: "CreateImage",
    touches: (call) => {
      const request = requestOf<images.CreateImageRequest>(call);
      const instance = each(request.instanceId, (id) => call.lookup.instance(id));
      return [newImage(request), ...instance, newSnapshot(request)];
    },
  },
  register: {
    action: "RegisterImage",
    touches: (call) => {
      const request = requestOf<images.RegisterImageRequest>(call);
      const mapped = listIn(request.blockDevices).map(({ ebs }) => ebs?.snapshotId);
      const ids = new Set([request.snapshotId, ...mapped]);
      return [newImage(request), ...[...ids].flatMap((id) => each(id, (one) => call.lookup.snapshot(one)))];
    },
  },
  copy: {
    action: "CopyImage",
    copies: true,
    touches: (call) => [newImage(requestOf<NewImage>(call)), newSnapshot(requestOf<NewImage>(call))],
  },
  deregister: onImage("DeregisterImage"),
  exportBundle: onImage("ec2:ExportImage"),
  exportBundleTo: { ...onImage("ec2:ExportImage"), parameters: (call) => ({ imageId: textAt(call, 0) }) },
  importBundle: {
    action: "ec2:ImportImage",
    touches: (call) => [newImage(requestOf<NewImage>(call)), newSnapshot(requestOf<NewImage>(call))],
  },
  setTags: settingTags(image),
  setDescription: changing(onImage("ModifyImageAttribute"), (description) => ({ Description: description })),
  share: sharing(onImage, "Image", "LaunchPermission"),
  setDeprecation: {
    ...onImage("EnableImageDeprecation"),
    action: ({ args: [, time] }) => (time === null ? "DisableImageDeprecation" : "EnableImageDeprecation"),
  },
  disable: onImage("DisableImage"),
  enable: onImage("EnableImage"),
};
