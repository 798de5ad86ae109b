import { newId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { Place } from "../placement.ts";
import type { Change } from "../record-table.ts";
import type { Registry } from "../registry.ts";
import { scopeOf, viewOf } from "../scope.ts";
import type { Tags } from "../tags.ts";
import { defaultSubnet, type InterfacePlan, type NetworkPlan } from "./launch-network.ts";
import { CloudNetwork, type Subnet } from "./network.ts";
import type { NetworkInterfaceRecord } from "./network-interface-record.ts";
import { freePublicAddresses } from "./public-addresses.ts";

interface Launched {
  readonly id: string;
  readonly createdAt: number;
}

/** The interfaces of a launch's instances, in their order. */
export function launchedInterfaces(
  registry: Registry,
  { interfaces, tags }: NetworkPlan,
  instances: readonly Launched[],
  random: Random,
): Change[] {
  const wanting = interfaces.filter(({ wantsPublicIp }) => wantsPublicIp).length * instances.length;
  const publicIps = freePublicAddresses(registry, random, wanting);
  return instances.flatMap((instance, index) =>
    interfaces.map((plan) => {
      const id = plan.existing?.id ?? newId("eni", random);
      const attachment = attachmentOf(id, { ...plan, instanceId: instance.id, attachedAt: instance.createdAt });
      if (plan.existing !== null) {
        const { id: _, ...record } = plan.existing;
        return registry.networkInterfaces.put(id, { ...record, attachment });
      }
      const record = newInterface(plan.subnet, {
        addresses: plan.addresses[index] ?? [],
        groupIds: plan.groupIds,
        description: plan.description,
        createdAt: instance.createdAt,
        tags,
        random,
      });
      const publicIp = plan.wantsPublicIp ? (publicIps.pop() ?? null) : null;
      const { wantsPublicIp } = plan;
      return registry.networkInterfaces.put(id, { ...record, attachment, publicIp, wantsPublicIp });
    }),
  );
}

type Attached = Pick<InterfacePlan, "deviceIndex" | "deleteOnTermination"> & {
  readonly instanceId: string;
  readonly attachedAt: number;
};

export const attachmentOf = (
  interfaceId: string,
  { deviceIndex, deleteOnTermination, instanceId, attachedAt }: Attached,
): NonNullable<NetworkInterfaceRecord["attachment"]> => ({
  id: interfaceId.replace("eni-", "eni-attach-"),
  instanceId,
  deviceIndex,
  deleteOnTermination,
  attachedAt,
});

interface New {
  /** The primary one first. */
  readonly addresses: readonly string[];
  readonly groupIds: readonly string[];
  readonly description?: string;
  readonly createdAt: number;
  readonly tags: Tags;
  readonly random: Random;
}

/** An interface that is attached to nothing. */
export function newInterface(
  { ownerId, region, zone, vpcId, id }: Subnet,
  { addresses: [primary = "", ...secondary], groupIds, description = "", createdAt, tags, random }: New,
): NetworkInterfaceRecord {
  return {
    ownerId,
    region,
    zone,
    vpcId,
    subnetId: id,
    groupIds: [...groupIds],
    privateIpAddress: primary,
    secondaryPrivateIps: secondary,
    macAddress: newMacAddress(random),
    description,
    sourceDestCheck: true,
    interfaceType: "interface",
    publicIp: null,
    wantsPublicIp: false,
    tags: { ...tags },
    createdAt,
    attachment: null,
  };
}

/** Locally administered, of one card (IEEE 802, §8.2), as EC2's are. */
function newMacAddress(random: Random): string {
  const bytes = [0x02, ...random.bytes(5)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

const of = ({ interfacesOfInstance }: Registry, instanceId: string) => interfacesOfInstance.of(instanceId);

const hasElasticIp = ({ addressesOfInterface }: Registry, interfaceId: string): boolean =>
  addressesOfInterface.of(interfaceId).length > 0;

/** An instance that starts is given its public address, unless it has an Elastic IP address (F53). */
export function startedInterfaces(registry: Registry, instanceId: string, random: Random): Change[] {
  return of(registry, instanceId).flatMap(([id, record]) => {
    if (!record.wantsPublicIp || record.publicIp !== null || hasElasticIp(registry, id)) return [];
    const [publicIp = null] = freePublicAddresses(registry, random, 1);
    return [registry.networkInterfaces.put(id, { ...record, publicIp })];
  });
}

/** One that has stopped gives it back. */
export const stoppedInterfaces = (registry: Registry, instanceId: string): Change[] =>
  of(registry, instanceId)
    .filter(([, { publicIp }]) => publicIp !== null)
    .map(([id, record]) => registry.networkInterfaces.put(id, { ...record, publicIp: null }));

/** What goes with an instance that is terminated, and what it leaves. */
export const releasedInterfaces = (registry: Registry, instanceId: string): Change[] =>
  of(registry, instanceId).flatMap(([id, record]) =>
    record.attachment?.deleteOnTermination === true
      ? deletedInterface(registry, id)
      : [registry.networkInterfaces.put(id, { ...record, attachment: null, publicIp: null, wantsPublicIp: false })],
  );

/** Elastic IP addresses stay, without it. */
export const deletedInterface = (registry: Registry, interfaceId: string): Change[] => [
  registry.networkInterfaces.delete(interfaceId),
  ...registry.addressesOfInterface
    .of(interfaceId)
    .map(([id, record]) => registry.addresses.put(id, { ...record, association: null })),
];

interface OldInstance extends Place {
  readonly privateIpAddress: string;
  readonly state: string;
  readonly createdAt: number;
}

/** Instances of before there were interfaces have their address in their own record: makes them one each. */
export function missingInterfaces(
  registry: Registry,
  instances: readonly { readonly id: string; readonly value: OldInstance }[],
  random: Random,
): Change[] {
  const having = new Set(registry.networkInterfaces.entries().map(([, { attachment }]) => attachment?.instanceId));
  return instances
    .filter(({ id, value }) => value.state !== "terminated" && !having.has(id))
    .flatMap(({ id, value }) => {
      const network = new CloudNetwork({ registry, view: viewOf(scopeOf(value)) });
      const subnet = defaultSubnet(network, value);
      const only: InterfacePlan = {
        deviceIndex: 0,
        existing: null,
        subnet,
        groupIds: [network.defaultGroup(subnet.vpcId).id],
        addresses: [[value.privateIpAddress]],
        wantsPublicIp: false,
        deleteOnTermination: true,
        description: "",
      };
      return launchedInterfaces(
        registry,
        { interfaces: [only], tags: {} },
        [{ id, createdAt: value.createdAt }],
        random,
      );
    });
}

/** An instance's attribute is its primary interface's. */
export const checkedInterface = (registry: Registry, instanceId: string, sourceDestCheck: boolean): Change[] =>
  of(registry, instanceId)
    .filter(([, record]) => record.attachment?.deviceIndex === 0 && record.sourceDestCheck !== sourceDestCheck)
    .map(([id, record]) => registry.networkInterfaces.put(id, { ...record, sourceDestCheck }));

interface InstanceNetwork {
  readonly id: string;
  readonly value: { readonly state: string; readonly attributes: { readonly sourceDestCheck: boolean } };
}

/**
 * What a page that is gone has left: public addresses of what no longer runs, and what was set of an instance before its
 * interface knew it.
 */
export function settledInterfaces(registry: Registry, instances: readonly InstanceNetwork[]): Change[] {
  const byId = new Map(instances.map(({ id, value }) => [id, value]));
  return registry.networkInterfaces.entries().flatMap(([id, record]) => {
    const instance = byId.get(record.attachment?.instanceId ?? "");
    const isPrimary = record.attachment?.deviceIndex === 0;
    const sourceDestCheck = isPrimary && instance ? instance.attributes.sourceDestCheck : record.sourceDestCheck;
    if (record.publicIp === null && sourceDestCheck === record.sourceDestCheck) return [];
    return [registry.networkInterfaces.put(id, { ...record, sourceDestCheck, publicIp: null })];
  });
}
