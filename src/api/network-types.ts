import type { Event } from "../base/event.ts";
import type * as address from "../cloud/network/address-info.ts";
import type * as flowLog from "../cloud/network/flow-log-info.ts";
import type { NetworkAclEntryRequest } from "../cloud/network/network-acls.ts";
import type * as insights from "../cloud/network/network-insights.ts";
import type * as routing from "../cloud/network/routing-info.ts";
import type * as group from "../cloud/network/security-group-info.ts";
import type * as vpc from "../cloud/network/vpc-info.ts";

export type {
  AddressInfo as Address,
  AllocateAddressRequest,
  AssociateAddressRequest,
  AttachNetworkInterfaceRequest,
  CreateNetworkInterfaceRequest,
  InterfaceAddressInfo as InterfaceAddress,
  ModifyNetworkInterfaceRequest,
  NetworkInterfaceInfo as NetworkInterface,
} from "../cloud/network/address-info.ts";
export type { CreateFlowLogsRequest, FlowLogInfo as FlowLog, FlowLogTraffic } from "../cloud/network/flow-log-info.ts";
export type { LaunchInterfaceRequest } from "../cloud/network/launch-request.ts";
export type { NetworkAclEntryRequest } from "../cloud/network/network-acls.ts";
export type * from "../cloud/network/network-insights.ts";
export type {
  CreateInternetGatewayRequest,
  CreateNatGatewayRequest,
  CreateNetworkAclRequest,
  CreateRouteTableRequest,
  InternetGatewayInfo as InternetGateway,
  ModifyInternetGatewayRequest,
  NatGatewayInfo as NatGateway,
  NetworkAclEntryInfo as NetworkAclEntry,
  NetworkAclInfo as NetworkAcl,
  RouteInfo as Route,
  RouteTableInfo as RouteTable,
  RouteTargetInfo as RouteTarget,
} from "../cloud/network/routing-info.ts";
export type {
  CreateSecurityGroupRequest,
  Direction,
  SecurityGroupInfo as SecurityGroup,
  SecurityGroupRuleInfo as SecurityGroupRule,
  SecurityGroupRuleRequest,
} from "../cloud/network/security-group-info.ts";
export type { TrafficRequest } from "../cloud/network/traffic.ts";
export type {
  CreateSubnetRequest,
  CreateVpcRequest,
  ModifySubnetRequest,
  ModifyVpcRequest,
  SubnetInfo as Subnet,
  VpcInfo as Vpc,
} from "../cloud/network/vpc-info.ts";

/** What all of them have. Ids that there are not are EC2's errors, e.g. `InvalidVpcID.NotFound`. */
interface NetworkResources<T> {
  /** Oldest first; what belongs to a default network before everything else. */
  list(): T[];
  get(id: string): T;
  /** Fires after one has appeared, changed or gone. */
  readonly onChange: Event<void>;
  /** Replaces all tags. */
  setTags(id: string, tags: Readonly<Record<string, string>>): Promise<T>;
}

/** What can be said of the networks of an account without sending a packet (F55, F57). */
export interface Network {
  /** Fires after something has changed that an answer may depend on: VPCs and all that is in them. */
  readonly onChange: Event<void>;
  /**
   * Whether one reaches another, as rules, lists and routes are now, and what decides: the network itself is asked, with a
   * packet and its answer that nobody gets. Every interface that is attached counts as running. Addresses of other accounts
   * are like any outside.
   *
   * Rejects with `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` (a port or address that is none),
   * `InvalidParameterCombination` (both are the same).
   */
  explain(question: insights.ReachabilityQuestion): Promise<insights.Reachability>;
  /** The certificate (X.509, PEM) of the key that signs instance identity documents (F13), the same as long as the cloud lives. */
  identityCertificate(): Promise<string>;
  /** What is worth a look in the security groups, what matters most first (F57). */
  review(): Promise<insights.NetworkFinding[]>;
}

/**
 * Virtual private clouds (F52). There is a default one in each region, 172.31.0.0/16, with a subnet in each zone and an
 * internet gateway. Up to 5 a region, else `VpcLimitExceeded`.
 */
export interface Vpcs extends NetworkResources<vpc.VpcInfo> {
  /** With a main route table, a default network ACL and a default security group of its own. */
  create(request: vpc.CreateVpcRequest): Promise<vpc.VpcInfo>;
  /** The default VPC of a region (us-east-1 by default) where it was deleted: else `DefaultVpcAlreadyExists`. */
  createDefault(region?: string): Promise<vpc.VpcInfo>;
  modify(id: string, request: vpc.ModifyVpcRequest): Promise<vpc.VpcInfo>;
  /** `DependencyViolation` while something is in it; a default one takes its empty subnets and its gateway along. */
  delete(id: string): Promise<void>;
}

/** Parts of VPCs, each in one zone (F52). */
export interface Subnets extends NetworkResources<vpc.SubnetInfo> {
  create(request: vpc.CreateSubnetRequest): Promise<vpc.SubnetInfo>;
  /** For what is launched from now on. */
  modify(id: string, request: vpc.ModifySubnetRequest): Promise<vpc.SubnetInfo>;
  /** `DependencyViolation` while an interface is in it. */
  delete(id: string): Promise<void>;
}

/** Stateful firewalls of interfaces (F54, F56): what no rule lets through is dropped. */
export interface SecurityGroups extends NetworkResources<group.SecurityGroupInfo> {
  /** With one rule, which lets everything out. */
  create(request: group.CreateSecurityGroupRequest): Promise<group.SecurityGroupInfo>;
  /** `CannotDelete` for a VPC's default one; `DependencyViolation` while an interface is in it, or a rule names it. */
  delete(id: string): Promise<void>;
  /**
   * Adds rules, all or none: in force at all members when it resolves. `InvalidPermission.Duplicate`; beyond 60 in a
   * direction: `RulesPerSecurityGroupLimitExceeded`.
   */
  authorize(
    id: string,
    direction: group.Direction,
    rules: readonly group.SecurityGroupRuleRequest[],
  ): Promise<group.SecurityGroupRuleInfo[]>;
  /** Takes rules of one direction away, by their ids: `InvalidSecurityGroupRuleId.NotFound`. */
  revoke(id: string, ruleIds: readonly string[]): Promise<void>;
  /** Makes rules other ones, by their ids. */
  modifyRules(id: string, rules: Readonly<Record<string, group.SecurityGroupRuleRequest>>): Promise<void>;
  /** Of rules of one direction, by their ids. */
  setRuleDescriptions(id: string, descriptions: Readonly<Record<string, string>>): Promise<void>;
}

/** Where packets of subnets go (F52). */
export interface RouteTables extends NetworkResources<routing.RouteTableInfo> {
  create(request: routing.CreateRouteTableRequest): Promise<routing.RouteTableInfo>;
  /** `DependencyViolation` for a VPC's main one, and while a subnet has it. */
  delete(id: string): Promise<void>;
  /** `RouteAlreadyExists`. */
  createRoute(
    id: string,
    destinationCidrBlock: string,
    target: routing.RouteTargetInfo,
  ): Promise<routing.RouteTableInfo>;
  replaceRoute(
    id: string,
    destinationCidrBlock: string,
    target: routing.RouteTargetInfo,
  ): Promise<routing.RouteTableInfo>;
  /** `InvalidRoute.NotFound`. */
  deleteRoute(id: string, destinationCidrBlock: string): Promise<routing.RouteTableInfo>;
  /** The association's id. `Resource.AlreadyAssociated` when the subnet has another table of its own. */
  associate(id: string, subnetId: string): Promise<string>;
  /** The subnet has its VPC's main table again. */
  disassociate(associationId: string): Promise<void>;
  /** The subnet, or the VPC, has this table instead; the new association's id. */
  replaceAssociation(associationId: string, id: string): Promise<string>;
}

/** Ways of VPCs in and out (F52). Up to 5 a region, else `InternetGatewayLimitExceeded`. */
export interface InternetGateways extends NetworkResources<routing.InternetGatewayInfo> {
  create(request?: routing.CreateInternetGatewayRequest): Promise<routing.InternetGatewayInfo>;
  attach(id: string, vpcId: string): Promise<routing.InternetGatewayInfo>;
  /** `DependencyViolation` while something in the VPC has a public address. */
  detach(id: string, vpcId: string): Promise<routing.InternetGatewayInfo>;
  /** Whether packets may leave for the real Internet: off by default. */
  modify(id: string, request: routing.ModifyInternetGatewayRequest): Promise<routing.InternetGatewayInfo>;
  /** `DependencyViolation` while it is attached. */
  delete(id: string): Promise<void>;
}

/** Ways out, and none in, for private subnets. */
export interface NatGateways extends NetworkResources<routing.NatGatewayInfo> {
  create(request: routing.CreateNatGatewayRequest): Promise<routing.NatGatewayInfo>;
  /** It is shown as "deleted" for an hour; its Elastic IP address stays. */
  delete(id: string): Promise<void>;
}

/** Stateless filters between subnets. */
export interface NetworkAcls extends NetworkResources<routing.NetworkAclInfo> {
  /** Refuses everything until it has entries. */
  create(request: routing.CreateNetworkAclRequest): Promise<routing.NetworkAclInfo>;
  /** `InvalidParameterValue` for a default one; `DependencyViolation` while a subnet has it. */
  delete(id: string): Promise<void>;
  /** `NetworkAclEntryAlreadyExists`; beyond 20 in a direction: `NetworkAclEntryLimitExceeded`. */
  createEntry(id: string, entry: NetworkAclEntryRequest): Promise<routing.NetworkAclInfo>;
  /** `InvalidNetworkAclEntry.NotFound`. */
  replaceEntry(id: string, entry: NetworkAclEntryRequest): Promise<routing.NetworkAclInfo>;
  deleteEntry(
    id: string,
    entry: Pick<routing.NetworkAclEntryInfo, "ruleNumber" | "egress">,
  ): Promise<routing.NetworkAclInfo>;
  /** The subnet of the association has this list instead; the new association's id. */
  replaceAssociation(associationId: string, id: string): Promise<string>;
}

/** Network cards (F58). */
export interface NetworkInterfaces extends NetworkResources<address.NetworkInterfaceInfo> {
  create(request: address.CreateNetworkInterfaceRequest): Promise<address.NetworkInterfaceInfo>;
  /** To a stopped or a running instance in its zone; the attachment's id. */
  attach(request: address.AttachNetworkInterfaceRequest): Promise<string>;
  /** `OperationNotPermitted` for an instance's primary one. `force`: also from a guest that does not let go of it. */
  detach(attachmentId: string, options?: { readonly force?: boolean }): Promise<void>;
  /** `InvalidParameterValue` while it is attached. */
  delete(id: string): Promise<void>;
  modify(id: string, request: address.ModifyNetworkInterfaceRequest): Promise<address.NetworkInterfaceInfo>;
  /** More addresses: which, or how many free ones; those that it was given. */
  assignPrivateIps(
    id: string,
    more: { readonly addresses?: readonly string[]; readonly count?: number },
  ): Promise<string[]>;
  unassignPrivateIps(id: string, addresses: readonly string[]): Promise<void>;
  /**
   * What has passed at it, oldest first: flows that were accepted and rejected, with what has decided, in windows of a minute;
   * the last 2000 records. Kept while this page is open, as long as the interface is there.
   */
  flowLog(id: string): Promise<insights.FlowLogRecord[]>;
  /**
   * The same live: `listener` hears of flows that have begun, grown or ended, four times a second at most; a record with an
   * id that it knows is that one, grown. Resolves after `signal` has aborted. `IncorrectState` before any instance has run.
   */
  followFlowLog(
    id: string,
    listener: (records: readonly insights.FlowRecord[]) => void | Promise<void>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
  /**
   * What passes at it from now on, as a pcapng file that Wireshark opens; cancel it to end it. What is not read waits, up to
   * 8 MiB (`bufferBytes`); what comes beyond is left out. `IncorrectState` before any instance has run;
   * `Network.CaptureLimitExceeded` beyond 8 captures.
   */
  capture(id: string, options?: insights.CaptureOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /**
   * What its guest has claimed to be and is not (another card, another address, a neighbour by ARP), oldest first: it was
   * dropped. Of the last 256 in the whole network; what repeats itself is one, with its count. Kept while this page is open.
   */
  incidents(id: string): Promise<insights.NetworkIncident[]>;
}

/** Elastic IP addresses (F53), of 198.18.0.0/16: they exist only inside of this cloud. Up to 5 a region. */
export interface Addresses extends NetworkResources<address.AddressInfo> {
  /** `AddressLimitExceeded`. */
  allocate(request?: address.AllocateAddressRequest): Promise<address.AddressInfo>;
  /** The association's id. `Gateway.NotAttached` where the VPC has no internet gateway. */
  associate(request: address.AssociateAddressRequest): Promise<string>;
  disassociate(associationId: string): Promise<void>;
  /** `InvalidIPAddress.InUse` while it is associated. */
  release(allocationId: string): Promise<void>;
}

/**
 * What of a VPC's, a subnet's or an interface's traffic is recorded for reading later. There is no CloudWatch and no S3: the
 * network keeps the records itself, for as long as an interface is there and this page is open.
 */
export interface FlowLogs extends NetworkResources<flowLog.FlowLogInfo> {
  /**
   * One for each resource, of all of them or of none. `FlowLogAlreadyExists` for the same traffic under the same name;
   * `FlowLogsLimitExceeded` beyond two of a resource.
   */
  create(request: flowLog.CreateFlowLogsRequest): Promise<flowLog.FlowLogInfo[]>;
  /** `InvalidFlowLogId.NotFound`. */
  delete(ids: readonly string[]): Promise<void>;
  /** What has been recorded since it was made, oldest first: the latest 2000 records of its interfaces. */
  records(id: string): Promise<insights.FlowLogRecord[]>;
}
