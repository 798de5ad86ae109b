import type { MetadataInterface, MetadataModel } from "../../network/metadata/model.ts";
import type { InterfaceModel, NetworkModel } from "../../network/model.ts";
import { privateDnsNameOf, publicDnsNameOf } from "../addresses.ts";
import { decodeUserData } from "../first-start/user-data.ts";
import { type InstanceRecord, storeRootOf } from "../records.ts";
import { findZone } from "../regions.ts";
import type { Registry } from "../registry.ts";

/** An instance, as its record has it. */
export interface RecordedInstance {
  readonly id: string;
  readonly record: InstanceRecord;
}

/** States in which a guest may ask. */
const ASKING: readonly InstanceRecord["state"][] = ["pending", "running", "stopping", "shutting-down"];
/** What v86 is. */
const ARCHITECTURE = "i386";

/** What the metadata service tells each instance that runs about itself (F13). `model`: the rest of the network. */
export function metadataModels(
  registry: Registry,
  model: NetworkModel,
  instances: readonly RecordedInstance[],
): MetadataModel[] {
  const interfaces = new Map<string, InterfaceModel[]>();
  for (const one of model.interfaces) {
    if (one.instanceId === undefined) continue;
    const others = interfaces.get(one.instanceId);
    if (others === undefined) interfaces.set(one.instanceId, [one]);
    else others.push(one);
  }
  const vpcs = new Map(model.vpcs.map((one) => [one.id, one]));
  const subnets = new Map(model.subnets.map((one) => [one.id, one]));
  const nameOf = (groupId: string) => registry.securityGroups.get(groupId)?.name ?? "default";
  const deviceOf = (id: string) => registry.networkInterfaces.get(id)?.attachment?.deviceIndex ?? 0;

  const interfaceOf = (one: InterfaceModel): MetadataInterface => {
    const vpc = vpcs.get(one.vpcId);
    const region = vpc?.region ?? "";
    const [primary] = one.addresses;
    const hasPublicName = vpc?.dnsHostnames === true && primary?.publicIp !== undefined;
    return {
      id: one.id,
      macAddress: one.macAddress,
      deviceNumber: deviceOf(one.id),
      hostname: privateDnsNameOf(primary?.privateIp ?? "", region),
      addresses: one.addresses,
      ...(hasPublicName && { publicHostname: publicDnsNameOf(primary.publicIp ?? "", region) }),
      securityGroups: one.groupIds.map((id) => ({ id, name: nameOf(id) })),
      subnetId: one.subnetId,
      subnetCidrBlock: subnets.get(one.subnetId)?.cidrBlock ?? "",
      vpcId: one.vpcId,
      vpcCidrBlocks: vpc?.cidrBlocks ?? [],
    };
  };

  return instances
    .filter(({ record }) => ASKING.includes(record.state))
    .map(({ id, record }): MetadataModel => {
      const own = (interfaces.get(id) ?? []).map(interfaceOf);
      const { httpProtocolIpv6: _, ...options } = record.attributes.metadataOptions;
      return {
        instanceId: id,
        imageId: record.imageId,
        instanceType: record.typeName,
        reservationId: record.reservationId,
        accountId: record.ownerId,
        launchIndex: record.launchIndex,
        region: record.region,
        availabilityZone: record.zone,
        availabilityZoneId: findZone(record.zone)?.id ?? "",
        architecture: ARCHITECTURE,
        lifeCycle: "on-demand",
        pendingTime: record.launchedAt,
        interfaces: own.sort((one, other) => one.deviceNumber - other.deviceNumber),
        ...(record.keyPair !== null && {
          publicKey: { name: record.keyPair.name, openSshKey: record.keyPair.publicKey },
        }),
        blockDeviceMapping: devicesOf(registry, id, record),
        ...(record.userData !== null && { userData: decodeUserData(record.userData) }),
        tags: record.tags,
        options,
      };
    });
}

/** EC2's virtual names: "ami" and "root" are the root volume, "ebsN" other volumes, "ephemeralN" instance stores. */
function devicesOf(registry: Registry, id: string, record: InstanceRecord): Record<string, string> {
  const attached = registry.volumesOfInstance
    .of(id)
    .flatMap(([, { attachment }]) => attachment?.device ?? [])
    .sort();
  const short = (device: string) => device.replace(/^\/dev\//, "");
  const hasRoot = storeRootOf(record) !== undefined || attached.includes(record.rootDevice);
  const others = attached.filter((device) => device !== record.rootDevice);
  return {
    ...(hasRoot && { ami: short(record.rootDevice), root: record.rootDevice }),
    ...Object.fromEntries(others.map((device, index) => [`ebs${index + 1}`, short(device)])),
    ...Object.fromEntries(
      record.instanceStores
        .filter(({ base }) => base === undefined)
        .map(({ virtualName, device }) => [virtualName, short(device)]),
    ),
  };
}
