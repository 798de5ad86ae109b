import type { CloudInstances } from "../instances.ts";
import { CloudNetwork } from "../network/network.ts";
import type { NetworkKind } from "../network/network-errors.ts";
import type { RecordTable } from "../record-table.ts";
import type { Registry } from "../registry.ts";
import { isIn, type Owned, type Scope, viewOf } from "../scope.ts";
import { GIB } from "../volumes/volume-types.ts";
import { provisionedIops } from "./provisioned-iops.ts";
import type { QuotaCounters } from "./quota-keeper.ts";

function* within<T extends Owned>(table: RecordTable<T>, scope: Scope): Generator<T> {
  for (const [, record] of table.entries()) if (isIn(scope, record)) yield record;
}

function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

/** A default network counts, whether it is stored or not. */
function networkCounters(registry: Registry) {
  const count = (kind: NetworkKind) => (scope: Scope) =>
    new CloudNetwork({ registry, view: viewOf(scope) }).list(kind).length;
  return {
    vpcs: count("vpcs"),
    "internet-gateways": count("internetGateways"),
    "security-groups": count("securityGroups"),
    "elastic-ips": count("addresses"),
    "network-interfaces": count("networkInterfaces"),
  };
}

/** Counts what there is. `instances` are all of them: they are made after who counts them. */
export function quotaCounters(registry: Registry, instances: () => CloudInstances): QuotaCounters {
  const running = (scope: Scope) =>
    instances()
      .list()
      .filter((instance) => isIn(scope, instance) && (instance.state === "pending" || instance.state === "running"));
  const { volumes, snapshots, images, keyPairs, launchTemplates } = registry;
  const one = () => 1;
  return {
    "running-instances": (scope) => running(scope).length,
    "running-vcpus": (scope) => sum(running(scope), ({ type }) => type.vcpus),
    volumes: (scope) => sum(within(volumes, scope), one),
    "volume-storage": (scope) => sum(within(volumes, scope), ({ sizeBytes }) => sizeBytes / GIB),
    "provisioned-iops": (scope) => sum(within(volumes, scope), provisionedIops),
    snapshots: (scope) => sum(within(snapshots, scope), one),
    images: (scope) => sum(within(images, scope), ({ state }) => (state === "deregistered" ? 0 : 1)),
    "key-pairs": (scope) => sum(within(keyPairs, scope), one),
    "launch-templates": (scope) => sum(within(launchTemplates, scope), one),
    ...networkCounters(registry),
    "page-memory": () => instances().memoryInUse(),
  };
}
