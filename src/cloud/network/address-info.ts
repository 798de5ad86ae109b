import type { Tags } from "../tags.ts";

/** An Elastic IP address: it stays the account's until it is released, whatever it is associated with (F53). */
export interface AddressInfo {
  /** eipalloc-… */
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  readonly publicIp: string;
  /** Null: with nothing. */
  readonly association: {
    /** eipassoc-… */
    readonly id: string;
    readonly networkInterfaceId: string;
    readonly privateIpAddress: string;
  } | null;
  readonly tags: Tags;
}

export interface AllocateAddressRequest {
  /** us-east-1 by default. */
  readonly region?: string;
  readonly tags?: Tags;
}

/** With an instance that has one interface, or with an interface. */
export interface AssociateAddressRequest {
  readonly allocationId: string;
  readonly instanceId?: string;
  readonly networkInterfaceId?: string;
  /** One of the interface's; its primary one by default. */
  readonly privateIpAddress?: string;
  /** Whether it may be taken from what it is associated with; true by default. Else `Resource.AlreadyAssociated`. */
  readonly allowReassociation?: boolean;
}

/** What connects an instance, or a gateway, with its subnet (F52, F58). */
export interface NetworkInterfaceInfo {
  readonly id: string;
  readonly ownerId: string;
  readonly region: string;
  readonly zone: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly groupIds: readonly string[];
  readonly macAddress: string;
  readonly description: string;
  /** Drops packets that are neither from it nor for it. */
  readonly sourceDestCheck: boolean;
  /** "nat_gateway": it is the gateway's own. */
  readonly interfaceType: "interface" | "nat_gateway";
  /** The primary one first. */
  readonly addresses: readonly InterfaceAddressInfo[];
  /** Null: it is available. */
  readonly attachment: {
    readonly id: string;
    readonly instanceId: string;
    /** 0: the instance's primary one, which cannot be detached. */
    readonly deviceIndex: number;
    readonly deleteOnTermination: boolean;
    /** Epoch ms. */
    readonly attachedAt: number;
  } | null;
  readonly tags: Tags;
}

export interface InterfaceAddressInfo {
  readonly privateIp: string;
  readonly publicIp: string | null;
  /** The Elastic IP address that it is; null of one that is given to an instance while it runs. */
  readonly allocationId: string | null;
  readonly associationId: string | null;
}

export interface CreateNetworkInterfaceRequest {
  readonly subnetId: string;
  /** The default group of the VPC by default. */
  readonly securityGroupIds?: readonly string[];
  /** A free one of the subnet; the lowest by default. */
  readonly privateIpAddress?: string;
  /** Those beside it, free ones of the subnet; or how many. None by default. */
  readonly secondaryPrivateIpAddresses?: readonly string[];
  readonly secondaryPrivateIpAddressCount?: number;
  readonly description?: string;
  readonly tags?: Tags;
  readonly clientToken?: string;
}

export interface AttachNetworkInterfaceRequest {
  readonly networkInterfaceId: string;
  readonly instanceId: string;
  /** 1–3, and free. */
  readonly deviceIndex: number;
}

export interface ModifyNetworkInterfaceRequest {
  readonly description?: string;
  readonly securityGroupIds?: readonly string[];
  readonly sourceDestCheck?: boolean;
  /** Of one that is attached. */
  readonly deleteOnTermination?: boolean;
}
