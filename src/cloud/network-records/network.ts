import { CloudError } from "../../base/errors.ts";
import { byAge } from "../by-age.ts";
import { REGIONS } from "../regions.ts";
import type { Registry } from "../registry.ts";
import { ownedIn, type View } from "../scope.ts";
import { type DefaultNetwork, defaultNetwork, type SecurityGroup, type Subnet, type Vpc } from "./default-network.ts";
import { rangeOf } from "./ipv4.ts";
import { groupNotFound, interfaceNotFound, subnetNotFound, vpcNotFound } from "./network-errors.ts";
import type { NetworkInterfaceRecord } from "./network-interface-record.ts";
import { addressesOf, RESERVED_ADDRESSES } from "./subnet-addresses.ts";

export interface NetworkInterface extends NetworkInterfaceRecord {
  readonly id: string;
}

/** The networks that there are for somebody: their default ones, and the interfaces in them. */
export class CloudNetwork {
  readonly #registry: Registry;
  readonly #view: View;

  constructor({ registry, view }: { readonly registry: Registry; readonly view: View }) {
    this.#registry = registry;
    this.#view = view;
  }

  vpcs(): Vpc[] {
    return this.#networks().map(({ vpc }) => vpc);
  }

  subnets(): Subnet[] {
    return this.#networks().flatMap(({ subnets }) => subnets);
  }

  securityGroups(): SecurityGroup[] {
    return this.#networks().map(({ group }) => group);
  }

  /** Oldest first. */
  interfaces(): NetworkInterface[] {
    return this.#registry.networkInterfaces
      .entries()
      .filter(([, record]) => this.#view.sees(record))
      .sort(byAge(({ createdAt }) => createdAt))
      .map(([id, record]) => ({ id, ...record }));
  }

  /** `InvalidVpcID.NotFound`, `InvalidVpcId.Malformed`. */
  vpc(id: string): Vpc {
    checkId("vpc", id, "InvalidVpcId.Malformed");
    const vpc = this.vpcs().find((one) => one.id === id);
    if (vpc !== undefined) return vpc;
    throw vpcNotFound(id);
  }

  /** `InvalidSubnetID.NotFound`. */
  subnet(id: string): Subnet {
    const subnet = this.subnets().find((one) => one.id === id);
    if (subnet !== undefined) return subnet;
    throw subnetNotFound(id);
  }

  /** `InvalidGroup.NotFound`, `InvalidGroupId.Malformed`. */
  securityGroup(id: string): SecurityGroup {
    checkId("sg", id, "InvalidGroupId.Malformed");
    const group = this.securityGroups().find((one) => one.id === id);
    if (group !== undefined) return group;
    throw groupNotFound(id);
  }

  /** `InvalidNetworkInterfaceID.NotFound`, `InvalidNetworkInterfaceId.Malformed`. */
  interface(id: string): NetworkInterface {
    checkId("eni", id, "InvalidNetworkInterfaceId.Malformed");
    const record = this.#registry.networkInterfaces.get(id);
    if (record !== undefined && this.#view.sees(record)) return { id, ...record };
    throw interfaceNotFound(id);
  }

  /** How many addresses of a subnet are neither in use nor EC2's own. */
  availableAddresses({ id, cidrBlock }: Subnet): number {
    return rangeOf(cidrBlock).size - RESERVED_ADDRESSES - addressesOf(this.#registry, id).size;
  }

  /** In whichever regions one has things before them. */
  #networks(): DefaultNetwork[] {
    const { accountId } = this.#view.makesIn;
    return REGIONS.map((region) => ({ accountId, region }))
      .filter((scope) => this.#view.sees(ownedIn(scope)))
      .map(defaultNetwork);
  }
}

function checkId(prefix: string, id: string, code: string): void {
  if (new RegExp(`^${prefix}-(?:[0-9a-f]{17}|[0-9a-f]{8})$`).test(id)) return;
  throw new CloudError(code, `Invalid id: "${id.slice(0, 128)}" (expecting "${prefix}-...")`, { id: id.slice(0, 128) });
}
