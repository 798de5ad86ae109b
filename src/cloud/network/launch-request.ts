import { CloudError } from "../../base/errors.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import type { Tags } from "../tags.ts";
import { invalidValue } from "./network-errors.ts";

/** One of an instance's interfaces, as a launch asks for it (EC2's `InstanceNetworkInterfaceSpecification`). */
export interface LaunchInterfaceRequest {
  /** 0: the primary one, which there must be. Each once. */
  readonly deviceIndex: number;
  /**
   * One that there is, and is attached to nothing: for a launch of one instance. It has what it has: of the rest only
   * `deviceIndex` goes with it.
   */
  readonly networkInterfaceId?: string;
  /** The default subnet of the zone by default; all of an instance's are in one zone. */
  readonly subnetId?: string;
  /** The default group of the VPC by default. */
  readonly securityGroupIds?: readonly string[];
  /** As `privateIpAddress` of the launch. */
  readonly privateIpAddress?: string;
  /** The addresses that it has beside its primary one, in a launch of one instance; or how many. None by default. */
  readonly secondaryPrivateIpAddresses?: readonly string[];
  readonly secondaryPrivateIpAddressCount?: number;
  /** As `associatePublicIpAddress` of the launch: only of an instance's only interface. */
  readonly associatePublicIpAddress?: boolean;
  /** Whether it goes with its instance; true by default, false of one that there was. */
  readonly deleteOnTermination?: boolean;
  readonly description?: string;
}

/** What a launch may say of its instances' network. */
export interface LaunchNetworkRequest {
  /** Where it is: the default subnet of its zone by default. Unknown: `InvalidSubnetID.NotFound`. */
  readonly subnetId?: string;
  /**
   * The default one of its VPC by default. Unknown: `InvalidGroup.NotFound`; of another VPC: `InvalidParameter`; more than
   * five: `SecurityGroupsPerInterfaceLimitExceeded`.
   */
  readonly securityGroupIds?: readonly string[];
  /**
   * A free one of its subnet, for a launch of one instance: else `InvalidIPAddress.InUse`, `InvalidParameterValue`,
   * `InvalidParameterCombination`. The lowest free one by default.
   */
  readonly privateIpAddress?: string;
  /** Whether it has a public address while it runs (F53); as its subnet says by default. */
  readonly associatePublicIpAddress?: boolean;
  /** Instead of all of the above, for instances with several interfaces (F58). */
  readonly networkInterfaces?: readonly LaunchInterfaceRequest[];
  /** Of the interfaces. */
  readonly networkInterfaceTags?: Tags;
}

export const LAUNCH_NETWORK = {
  subnetId: true,
  securityGroupIds: true,
  privateIpAddress: true,
  associatePublicIpAddress: true,
  networkInterfaces: true,
  networkInterfaceTags: true,
} as const satisfies Parameters<LaunchNetworkRequest>;

const INTERFACE: Parameters<LaunchInterfaceRequest> = {
  deviceIndex: true,
  networkInterfaceId: true,
  subnetId: true,
  securityGroupIds: true,
  privateIpAddress: true,
  secondaryPrivateIpAddresses: true,
  secondaryPrivateIpAddressCount: true,
  associatePublicIpAddress: true,
  deleteOnTermination: true,
  description: true,
};

/** So many interfaces an instance, as EC2's small types have; addresses of each as of its larger ones. */
export const MAX_INTERFACES = 4;
export const MAX_ADDRESSES = 15;

/** Whether it names what only one instance can have. */
export const isForOne = ({ privateIpAddress, networkInterfaces = [] }: LaunchNetworkRequest): boolean =>
  privateIpAddress !== undefined ||
  networkInterfaces.some((one) =>
    [one.privateIpAddress, one.secondaryPrivateIpAddresses, one.networkInterfaceId].some((name) => name !== undefined),
  );

const combination = (text: string) => new CloudError("InvalidParameterCombination", text);

/** The interfaces that a launch asks for, the primary one first. */
export function interfacesAskedFor(request: LaunchNetworkRequest, count: number): LaunchInterfaceRequest[] {
  const { subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress, networkInterfaces } = request;
  const own = { subnetId, securityGroupIds, privateIpAddress, associatePublicIpAddress };
  const said = Object.entries(own).filter(([, value]) => value !== undefined);
  if (networkInterfaces === undefined || networkInterfaces.length === 0) {
    return [{ deviceIndex: 0, ...Object.fromEntries(said) }];
  }
  if (said[0] !== undefined) {
    throw combination(
      `Network interfaces and an instance-level ${said[0][0]} may not be specified on the same request`,
    );
  }
  for (const one of networkInterfaces) checkInterface(one, networkInterfaces.length, count);
  const sorted = [...networkInterfaces].sort((a, b) => a.deviceIndex - b.deviceIndex);
  if (sorted[0]?.deviceIndex !== 0)
    throw invalidValue("An instance needs a network interface with the device index 0.");
  const twice = sorted.find((one, index) => sorted[index + 1]?.deviceIndex === one.deviceIndex);
  if (twice !== undefined) throw invalidValue(`Duplicate device index ${twice.deviceIndex} of network interfaces.`);
  if (sorted.length > MAX_INTERFACES) {
    const text = `Interface count ${sorted.length} exceeds the limit of ${MAX_INTERFACES} for an instance.`;
    throw new CloudError("AttachmentLimitExceeded", text, { limit: MAX_INTERFACES });
  }
  return sorted;
}

function checkInterface(one: LaunchInterfaceRequest, interfaces: number, count: number): void {
  checkParameters(one, INTERFACE);
  const { deviceIndex, networkInterfaceId, secondaryPrivateIpAddressCount: more = 0, ...rest } = one;
  if (!Number.isSafeInteger(deviceIndex)) throw invalidValue("Each network interface requires a device index.");
  if (deviceIndex < 0 || deviceIndex >= MAX_INTERFACES) {
    throw invalidValue(`Invalid device index ${deviceIndex}: it is 0 to ${MAX_INTERFACES - 1}.`, { deviceIndex });
  }
  const beside = more + (rest.secondaryPrivateIpAddresses?.length ?? 0);
  if (!Number.isSafeInteger(more) || more < 0 || beside >= MAX_ADDRESSES) {
    throw invalidValue(`Invalid number of secondary private IP addresses: at most ${MAX_ADDRESSES - 1}.`);
  }
  if (rest.associatePublicIpAddress !== undefined && (interfaces > 1 || networkInterfaceId !== undefined)) {
    throw combination(
      "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces, or with one that there is.",
    );
  }
  if (networkInterfaceId === undefined) return;
  if (count > 1) throw combination("A network interface can be attached to one instance only: launch one at a time.");
  const { deleteOnTermination: _, ...others } = rest;
  const [other] = Object.entries(others).filter(([, value]) => value !== undefined);
  if (other === undefined && more === 0) return;
  throw combination(`A network interface ID may not be specified with ${other?.[0] ?? "secondary addresses"}`);
}
