import { rangeOf } from "../../network/addresses.ts";
import { byAge } from "../by-age.ts";
import type { Change, RecordTable } from "../record-table.ts";
import { REGIONS } from "../regions.ts";
import type { Registry } from "../registry.ts";
import { ownedIn, type Scope, scopeOf, type View } from "../scope.ts";
import { DEFAULT_GROUP, type DefaultKind, defaultNetwork } from "./default-network.ts";
import { checkId, type NetworkKind, notFound } from "./network-errors.ts";
import type { NetworkInterfaceRecord } from "./network-interface-record.ts";
import { addressesOf, RESERVED_ADDRESSES } from "./subnet-addresses.ts";
import type {
  AddressRecord,
  FlowLogRecord,
  InternetGatewayRecord,
  NatGatewayRecord,
  NetworkAclRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SubnetRecord,
  VpcRecord,
} from "./vpc-records.ts";

export interface NetworkRecords {
  vpcs: VpcRecord;
  subnets: SubnetRecord;
  routeTables: RouteTableRecord;
  internetGateways: InternetGatewayRecord;
  networkAcls: NetworkAclRecord;
  securityGroups: SecurityGroupRecord;
  natGateways: NatGatewayRecord;
  networkInterfaces: NetworkInterfaceRecord;
  addresses: AddressRecord;
  flowLogs: FlowLogRecord;
}

export type Identified<T> = T & { readonly id: string };
export type Vpc = Identified<VpcRecord>;
export type Subnet = Identified<SubnetRecord>;
export type RouteTable = Identified<RouteTableRecord>;
export type InternetGateway = Identified<InternetGatewayRecord>;
export type NetworkAcl = Identified<NetworkAclRecord>;
export type SecurityGroup = Identified<SecurityGroupRecord>;
export type SecurityGroupRule = SecurityGroup["rules"][number];
export type NatGateway = Identified<NatGatewayRecord>;
export type NetworkInterface = Identified<NetworkInterfaceRecord>;
export type Address = Identified<AddressRecord>;
export type FlowLog = Identified<FlowLogRecord>;

/** A record that is to be another one, or gone. */
export interface Edit {
  readonly kind: NetworkKind;
  readonly id: string;
  readonly scope: Scope;
  /** Undefined: it is to be gone. */
  readonly record: NetworkRecords[NetworkKind] | undefined;
}

export interface NetworkSight {
  readonly registry: Registry;
  readonly view: View;
  /** Where there are default networks, for who sees more than one account's, or not all regions'. */
  readonly scopes?: () => readonly Scope[];
}

/**
 * The networks that there are for somebody: records, and the default network of each of their scopes as long as nothing of
 * it has been changed. Whoever changes something has `changes` make of the edits what is committed.
 */
export class CloudNetwork {
  readonly #registry: Registry;
  readonly #view: View;
  readonly #scopes: () => readonly Scope[];

  constructor({ registry, view, scopes }: NetworkSight) {
    this.#registry = registry;
    this.#view = view;
    const own = view.region === undefined ? scopesOf([view.makesIn.accountId]) : [view.makesIn];
    this.#scopes = scopes ?? (() => own);
  }

  /** Oldest first. */
  list<K extends NetworkKind>(kind: K): Identified<NetworkRecords[K]>[] {
    const stored = this.#table(kind)
      .entries()
      .filter(([, record]) => this.#view.sees(record))
      .sort(byAge(({ createdAt }) => createdAt));
    return [...this.#derived(kind), ...stored].map(([id, record]) => ({ ...record, id }));
  }

  /** `Invalid….NotFound`, `Invalid….Malformed` as EC2 has them for the kind. */
  get<K extends NetworkKind>(kind: K, id: string): Identified<NetworkRecords[K]> {
    checkId(kind, id);
    const record = this.#table(kind).get(id) ?? this.#derived(kind).find(([one]) => one === id)?.[1];
    if (record !== undefined && this.#view.sees(record)) return { ...record, id };
    throw notFound(kind, id);
  }

  /** The record of something is to be this. */
  put<K extends NetworkKind>(kind: K, id: string, record: NetworkRecords[K]): Edit {
    return { kind, id, scope: scopeOf(record), record };
  }

  delete(kind: NetworkKind, id: string): Edit {
    return { kind, id, scope: scopeOf(this.get(kind, id)), record: undefined };
  }

  /** As `put`, of something that there is. */
  change<K extends NetworkKind>(kind: K, id: string, changed: Partial<NetworkRecords[K]>): Edit {
    const { id: _, ...record } = this.get(kind, id);
    return this.put(kind, id, { ...(record as unknown as NetworkRecords[K]), ...changed });
  }

  /** What is to be committed for these, together. The first change of a default network stores all of it. */
  changes(edits: readonly Edit[]): Change[] {
    const changed = edits.filter((edit) => isOfDefault(this.#registry, edit));
    const scopes = new Map(changed.map(({ scope }) => [keyOf(scope), scope]));
    return [
      ...[...scopes.values()].flatMap((scope) => storeDefault(this.#registry, scope)),
      ...edits.map(({ kind, id, record }) =>
        record === undefined ? this.#table(kind).delete(id) : this.#table(kind).put(id, record as never),
      ),
    ];
  }

  vpcs = (): Vpc[] => this.list("vpcs");
  subnets = (): Subnet[] => this.list("subnets");
  securityGroups = (): SecurityGroup[] => this.list("securityGroups");
  interfaces = (): NetworkInterface[] => this.list("networkInterfaces");
  vpc = (id: string): Vpc => this.get("vpcs", id);
  subnet = (id: string): Subnet => this.get("subnets", id);
  securityGroup = (id: string): SecurityGroup => this.get("securityGroups", id);
  interface = (id: string): NetworkInterface => this.get("networkInterfaces", id);

  /** The default VPC of a scope; undefined when it was deleted. */
  defaultVpc({ accountId, region }: Scope): Vpc | undefined {
    return this.vpcs().find((vpc) => vpc.isDefault && vpc.ownerId === accountId && vpc.region === region);
  }

  /** The group that interfaces of a VPC are in which were made without one. */
  defaultGroup(vpcId: string): SecurityGroup {
    const found = this.securityGroups().find((group) => group.vpcId === vpcId && group.name === DEFAULT_GROUP);
    if (found === undefined) throw new TypeError(`${vpcId} has no default security group`);
    return found;
  }

  /** The Elastic IP address of an interface's private address. */
  elasticIpOf(interfaceId: string, privateIp: string): Address | undefined {
    const found = this.#registry.addressesOfInterface
      .of(interfaceId)
      .find(([, record]) => record.association?.privateIpAddress === privateIp && this.#view.sees(record));
    return found && { ...found[1], id: found[0] };
  }

  /** The table that decides for a subnet. */
  routeTableOf(subnet: Pick<Subnet, "routeTable" | "vpcId">): RouteTable {
    return this.get("routeTables", subnet.routeTable?.id ?? this.vpc(subnet.vpcId).mainRouteTable.id);
  }

  /** How many addresses of a subnet are neither in use nor EC2's own. */
  availableAddresses({ id, cidrBlock }: Subnet): number {
    return rangeOf(cidrBlock).size - RESERVED_ADDRESSES - addressesOf(this.#registry, id).size;
  }

  /** What follows from the accounts and regions that are seen. */
  #derived<K extends NetworkKind>(kind: K): (readonly [string, NetworkRecords[K]])[] {
    if (!isDerivedKind(kind)) return [];
    return this.#scopes()
      .filter((scope) => this.#view.sees(ownedIn(scope)) && !isStored(this.#registry, scope))
      .flatMap((scope) => defaultNetwork(scope)[kind] as unknown as (readonly [string, NetworkRecords[K]])[]);
  }

  #table<K extends NetworkKind>(kind: K): RecordTable<NetworkRecords[K]> {
    return this.#registry[kind] as unknown as RecordTable<NetworkRecords[K]>;
  }
}

/** All regions of these accounts. */
export const scopesOf = (accounts: readonly string[]): Scope[] =>
  accounts.flatMap((accountId) => REGIONS.map((region) => ({ accountId, region })));

const DERIVED: readonly string[] = [
  "vpcs",
  "subnets",
  "routeTables",
  "internetGateways",
  "networkAcls",
  "securityGroups",
] satisfies DefaultKind[];

const isDerivedKind = (kind: NetworkKind): kind is DefaultKind => DERIVED.includes(kind);

const keyOf = ({ accountId, region }: Scope) => `${accountId} ${region}`;

/** Whether an account's default network in a region is no longer derived. */
export const isStored = ({ storedDefaults }: Registry, scope: Scope): boolean =>
  storedDefaults.get(keyOf(scope)) !== undefined;

/** Whether it is a part of a default network that is not stored yet. */
function isOfDefault(registry: Registry, { kind, id, scope }: Edit): boolean {
  if (!isDerivedKind(kind) || isStored(registry, scope)) return false;
  return defaultNetwork(scope)[kind].some(([one]) => one === id);
}

/** Makes records of it. */
export function storeDefault(registry: Registry, scope: Scope, network = defaultNetwork(scope)): Change[] {
  const puts = <T>(table: RecordTable<T>, entries: readonly (readonly [string, T])[]) =>
    entries.map(([id, record]) => table.put(id, record));
  return [
    registry.storedDefaults.put(keyOf(scope), ownedIn(scope)),
    ...puts(registry.vpcs, network.vpcs),
    ...puts(registry.subnets, network.subnets),
    ...puts(registry.routeTables, network.routeTables),
    ...puts(registry.internetGateways, network.internetGateways),
    ...puts(registry.networkAcls, network.networkAcls),
    ...puts(registry.securityGroups, network.securityGroups),
  ];
}
