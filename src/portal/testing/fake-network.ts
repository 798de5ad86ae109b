import type {
  Address,
  Addresses,
  FlowLogs,
  InternetGateway,
  InternetGateways,
  NatGateways,
  Network,
  NetworkAcl,
  NetworkAcls,
  NetworkInterface,
  NetworkInterfaces,
  RouteTable,
  RouteTables,
  SecurityGroup,
  SecurityGroupRule,
  SecurityGroupRuleRequest,
  SecurityGroups,
  Subnet,
  Subnets,
  Vpc,
  Vpcs,
} from "../../api/network-types.ts";
import { CloudError } from "../../base/errors.ts";
import { fakeFlows, fakeInsights } from "./fake-network-insights.ts";
import { FakeTable } from "./fake-table.ts";

const OWNED = { ownerId: "123456789012", region: "us-east-1" };
const PROTOCOLS: Readonly<Record<string, number>> = { all: -1, icmp: 1, tcp: 6, udp: 17 };

const refused = async (): Promise<never> => {
  throw new CloudError("UnsupportedOperation", "A pretended cloud has no such thing.");
};

const VPC: Vpc = {
  ...OWNED,
  id: "vpc-00000000000000001",
  cidrBlock: "172.31.0.0/16",
  isDefault: true,
  enableDnsSupport: true,
  enableDnsHostnames: true,
  mainRouteTable: { id: "rtb-00000000000000001", associationId: "rtbassoc-00000000000000001" },
  tags: {},
};
const SUBNET: Subnet = {
  ...OWNED,
  id: "subnet-00000000000000001",
  zone: "us-east-1a",
  vpcId: VPC.id,
  cidrBlock: "172.31.0.0/20",
  isDefault: true,
  mapPublicIpOnLaunch: true,
  routeTable: null,
  networkAcl: { id: "acl-00000000000000001", associationId: "aclassoc-00000000000000001" },
  availableIpAddressCount: 4091,
  tags: {},
};
const GATEWAY: InternetGateway = { ...OWNED, id: "igw-00000000000000001", vpcId: VPC.id, outbound: false, tags: {} };
const ROUTE_TABLE: RouteTable = {
  ...OWNED,
  id: VPC.mainRouteTable.id,
  vpcId: VPC.id,
  routes: [{ destinationCidrBlock: "0.0.0.0/0", target: { kind: "internet-gateway", id: GATEWAY.id } }],
  tags: {},
};
const EVERYTHING = { ruleNumber: 100, allow: true, cidrBlock: "0.0.0.0/0", protocol: -1, fromPort: null, toPort: null };
const NETWORK_ACL: NetworkAcl = {
  ...OWNED,
  id: SUBNET.networkAcl.id,
  vpcId: VPC.id,
  isDefault: true,
  entries: [
    { ...EVERYTHING, egress: false },
    { ...EVERYTHING, egress: true },
  ],
  tags: {},
};
const GROUP_ID = "sg-00000000000000001";
const GROUP: SecurityGroup = {
  ...OWNED,
  id: GROUP_ID,
  vpcId: VPC.id,
  name: "default",
  description: "default VPC security group",
  rules: [
    rule("sgr-00000000000000001", false, { protocol: "all", groupId: GROUP_ID }),
    rule("sgr-00000000000000002", true, { protocol: "all", cidrBlock: "0.0.0.0/0" }),
  ],
  tags: {},
};

function rule(
  id: string,
  egress: boolean,
  { protocol, fromPort, toPort, cidrBlock = "", groupId, description = "" }: SecurityGroupRuleRequest,
): SecurityGroupRule {
  return {
    id,
    egress,
    protocol: PROTOCOLS[protocol] ?? Number(protocol),
    fromPort: fromPort ?? null,
    toPort: toPort ?? null,
    peer: groupId === undefined ? { cidrBlock } : { groupId },
    description,
    tags: {},
  };
}

/** Networks in which no packet moves. */
export class FakeNetwork {
  readonly #vpcs = new FakeTable<Vpc>("InvalidVpcID.NotFound");
  readonly #subnets = new FakeTable<Subnet>("InvalidSubnetID.NotFound");
  readonly #groups = new FakeTable<SecurityGroup>("InvalidGroup.NotFound");
  readonly #interfaces = new FakeTable<NetworkInterface>("InvalidNetworkInterfaceID.NotFound");
  readonly #addresses = new FakeTable<Address>("InvalidAllocationID.NotFound");
  readonly #gateways = new FakeTable<InternetGateway>("InvalidInternetGatewayID.NotFound");
  readonly #routeTables = new FakeTable<RouteTable>("InvalidRouteTableID.NotFound");
  readonly #acls = new FakeTable<NetworkAcl>("InvalidNetworkAclID.NotFound");
  #number = 0x1000;

  constructor() {
    this.#vpcs.set(VPC);
    this.#subnets.set(SUBNET);
    this.#groups.set(GROUP);
    this.#gateways.set(GATEWAY);
    this.#routeTables.set(ROUTE_TABLE);
    this.#acls.set(NETWORK_ACL);
  }

  /** The interface of an instance that is launched. */
  addInterface(instanceId: string, privateIp: string): void {
    const id = this.#id("eni");
    this.#interfaces.set({
      ...OWNED,
      id,
      zone: SUBNET.zone,
      vpcId: VPC.id,
      subnetId: SUBNET.id,
      groupIds: [GROUP.id],
      macAddress: "02:00:00:00:00:01",
      description: "",
      sourceDestCheck: true,
      interfaceType: "interface",
      addresses: [{ privateIp, publicIp: null, allocationId: null, associationId: null }],
      attachment: {
        id: id.replace("eni-", "eni-attach-"),
        instanceId,
        deviceIndex: 0,
        deleteOnTermination: true,
        attachedAt: Date.now(),
      },
      tags: {},
    });
  }

  readonly network: Network = fakeInsights(this.#interfaces);

  readonly vpcs: Vpcs = {
    ...listed(this.#vpcs),
    create: async ({ cidrBlock, region = OWNED.region, tags = {} }) =>
      this.#vpcs.set({ ...VPC, id: this.#id("vpc"), cidrBlock, region, tags, isDefault: false }),
    createDefault: refused,
    modify: async (id, change) => this.#vpcs.set({ ...this.#vpcs.get(id), ...change }),
    delete: async (id) => this.#vpcs.delete(id),
  };

  readonly subnets: Subnets = {
    ...listed(this.#subnets),
    create: async ({ vpcId, cidrBlock, availabilityZone: zone = SUBNET.zone, tags = {} }) =>
      this.#subnets.set({ ...SUBNET, id: this.#id("subnet"), vpcId, cidrBlock, zone, tags, isDefault: false }),
    modify: async (id, change) => this.#subnets.set({ ...this.#subnets.get(id), ...change }),
    delete: async (id) => this.#subnets.delete(id),
  };

  readonly securityGroups: SecurityGroups = {
    ...listed(this.#groups),
    create: async ({ name, description, vpcId = VPC.id, tags = {} }) => {
      const everything = rule(this.#id("sgr"), true, { protocol: "all", cidrBlock: "0.0.0.0/0" });
      return this.#groups.set({ ...GROUP, id: this.#id("sg"), name, description, vpcId, tags, rules: [everything] });
    },
    delete: async (id) => this.#groups.delete(id),
    authorize: async (id, direction, requests) => {
      const added = requests.map((request) => rule(this.#id("sgr"), direction === "egress", request));
      this.#setRules(id, (rules) => [...rules, ...added]);
      return added;
    },
    revoke: async (id, ruleIds) => this.#setRules(id, (rules) => rules.filter((one) => !ruleIds.includes(one.id))),
    modifyRules: async (id, changes) =>
      this.#setRules(id, (rules) =>
        rules.map((one) => {
          const change = changes[one.id];
          return change === undefined ? one : rule(one.id, one.egress, change);
        }),
      ),
    setRuleDescriptions: refused,
  };

  readonly networkInterfaces: NetworkInterfaces = {
    ...listed(this.#interfaces),
    create: refused,
    attach: refused,
    detach: refused,
    modify: async (id, { securityGroupIds, ...change }) =>
      this.#interfaces.set({
        ...this.#interfaces.get(id),
        ...change,
        ...(securityGroupIds !== undefined && { groupIds: securityGroupIds }),
      }),
    assignPrivateIps: refused,
    unassignPrivateIps: refused,
    flowLog: async (id) => fakeFlows(this.#interfaces.get(id)),
    followFlowLog: async (_id, _listener, { signal } = {}) => {
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    },
    capture: async () => new ReadableStream(),
    incidents: async (interfaceId) => [
      { time: Date.now(), interfaceId, reason: "source-check", what: "the address 10.0.0.9", count: 3 },
    ],
    delete: async (id) => this.#interfaces.delete(id),
  };

  readonly routeTables: RouteTables = {
    ...listed(this.#routeTables),
    create: refused,
    delete: refused,
    createRoute: refused,
    replaceRoute: refused,
    deleteRoute: refused,
    associate: refused,
    disassociate: refused,
    replaceAssociation: refused,
  };
  readonly internetGateways: InternetGateways = {
    ...listed(this.#gateways),
    create: refused,
    attach: refused,
    detach: refused,
    modify: async (id, change) => this.#gateways.set({ ...this.#gateways.get(id), ...change }),
    delete: refused,
  };
  readonly flowLogs: FlowLogs = {
    ...none("InvalidFlowLogId.NotFound"),
    create: refused,
    delete: refused,
    records: refused,
  };
  readonly natGateways: NatGateways = { ...none("NatGatewayNotFound"), create: refused, delete: refused };
  readonly networkAcls: NetworkAcls = {
    ...listed(this.#acls),
    create: refused,
    delete: refused,
    createEntry: refused,
    replaceEntry: refused,
    deleteEntry: refused,
    replaceAssociation: refused,
  };

  readonly addresses: Addresses = {
    ...listed(this.#addresses),
    allocate: async ({ region = OWNED.region, tags = {} } = {}) => {
      const publicIp = `198.18.0.${this.#addresses.list().length + 1}`;
      return this.#addresses.set({ ...OWNED, region, id: this.#id("eipalloc"), publicIp, association: null, tags });
    },
    associate: async ({ allocationId, instanceId }) => {
      const one = this.#interfaces.list().find(({ attachment }) => attachment?.instanceId === instanceId);
      const id = this.#id("eipassoc");
      const association = {
        id,
        networkInterfaceId: one?.id ?? "",
        privateIpAddress: one?.addresses[0]?.privateIp ?? "",
      };
      this.#addresses.set({ ...this.#addresses.get(allocationId), association });
      return id;
    },
    disassociate: async (associationId) => {
      for (const one of this.#addresses.list()) {
        if (one.association?.id === associationId) this.#addresses.set({ ...one, association: null });
      }
    },
    release: async (id) => this.#addresses.delete(id),
  };

  #setRules(id: string, change: (rules: readonly SecurityGroupRule[]) => readonly SecurityGroupRule[]): void {
    const group = this.#groups.get(id);
    this.#groups.set({ ...group, rules: change(group.rules) });
  }

  #id(prefix: string): string {
    return `${prefix}-${(this.#number++).toString(16).padStart(17, "0")}`;
  }
}

const none = (unknown: string) => ({ ...listed(new FakeTable<never>(unknown)), setTags: refused });

/** What all of them have. */
function listed<T extends { readonly id: string; readonly tags: Readonly<Record<string, string>> }>(
  table: FakeTable<T>,
) {
  return {
    list: table.list,
    get: table.get,
    onChange: table.onChange,
    setTags: async (id: string, tags: T["tags"]): Promise<T> => table.set({ ...table.get(id), tags }),
  };
}
