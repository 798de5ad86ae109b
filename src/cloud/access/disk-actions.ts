import type * as images from "../images/image-info.ts";
import type * as snapshots from "../snapshots/snapshot-info.ts";
import type { PLAN } from "../tabs/plan.ts";
import type * as volumes from "../volumes/volume-info.ts";
import { type CallsOf, each, type MemberAction, type MemberCall, made, requestOf, textAt } from "./member-action.ts";

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

/** What `setTags` sets. */
const tagging = (on: (call: MemberCall) => ReturnType<NonNullable<MemberAction["touches"]>>): MemberAction => ({
  action: "CreateTags",
  async touches(call) {
    const touched = await on(call);
    const requestTags = (call.args[1] ?? {}) as Readonly<Record<string, string>>;
    return typeof touched === "string" ? touched : touched.map((resource) => ({ ...resource, requestTags }));
  },
  parameters: ({ args: [resource, tags] }) => ({ resource, tags }),
});

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
  modify: onVolume("ModifyVolume"),
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
    touches: (call) => [
      ...each(call.lookup.instanceOf(textAt(call, 0)), (id) => call.lookup.instance(id)),
      ...volume(call),
    ],
    parameters: withFirst("volumeId"),
  },
  setTags: tagging(volume),
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
  copy: { action: "CopySnapshot", touches: (call) => [made("snapshot", requestOf(call))] },
  share: { ...onSnapshot("ModifySnapshotAttribute") },
  import: { action: "ec2:ImportSnapshot", touches: (call) => [made("snapshot", requestOf(call))] },
  export: onSnapshot("tabvisor:ExportSnapshot"),
  delete: onSnapshot("DeleteSnapshot"),
  usage: reading("DescribeSnapshots"),
  setTags: tagging(snapshot),
};

export const IMAGE_ACTIONS: CallsOf<(typeof PLAN)["images"]> = {
  list: reading("DescribeImages"),
  get: { ...reading("DescribeImages"), parameters: withFirst("image") },
  createFromInstance: {
    action: "CreateImage",
    touches: (call) => {
      const request = requestOf<images.CreateImageRequest>(call);
      const { tags = {} } = request;
      const instance = each(request.instanceId, (id) => call.lookup.instance(id));
      return [made("image", { tags }), ...instance, made("snapshot", {})];
    },
  },
  register: {
    action: "RegisterImage",
    touches: (call) => {
      const { tags = {}, snapshotId } = requestOf<images.RegisterImageRequest>(call);
      return [made("image", { tags }), ...each(snapshotId, (id) => call.lookup.snapshot(id))];
    },
  },
  copy: {
    action: "CopyImage",
    touches: (call) => [made("image", { tags: requestOf<images.CopyImageRequest>(call).tags ?? {} }), made("snapshot")],
  },
  deregister: onImage("DeregisterImage"),
  exportBundle: onImage("ec2:ExportImage"),
  exportBundleTo: { ...onImage("ec2:ExportImage"), parameters: (call) => ({ imageId: textAt(call, 0) }) },
  importBundle: {
    action: "ec2:ImportImage",
    touches: (call) => [
      made("image", { tags: requestOf<images.ImportBundleRequest>(call).tags ?? {} }),
      made("snapshot"),
    ],
  },
  setTags: tagging(image),
  setDescription: onImage("ModifyImageAttribute"),
  share: onImage("ModifyImageAttribute"),
  setDeprecation: {
    ...onImage("EnableImageDeprecation"),
    action: ({ args: [, time] }) => (time === null ? "DisableImageDeprecation" : "EnableImageDeprecation"),
  },
  disable: onImage("DisableImage"),
  enable: onImage("EnableImage"),
};
