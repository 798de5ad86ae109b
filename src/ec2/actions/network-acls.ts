import {
  CreateNetworkAcl$,
  CreateNetworkAclEntry$,
  type CreateNetworkAclEntryRequest,
  type CreateNetworkAclRequest,
  type CreateNetworkAclResult,
  DeleteNetworkAcl$,
  DeleteNetworkAclEntry$,
  type DeleteNetworkAclEntryRequest,
  type DeleteNetworkAclRequest,
  DescribeNetworkAcls$,
  type DescribeNetworkAclsRequest,
  type DescribeNetworkAclsResult,
  type NetworkAclAssociation,
  type NetworkAclEntry,
  ReplaceNetworkAclAssociation$,
  type ReplaceNetworkAclAssociationRequest,
  type ReplaceNetworkAclAssociationResult,
  ReplaceNetworkAclEntry$,
  type ReplaceNetworkAclEntryRequest,
  type NetworkAcl as WireAcl,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { NetworkAcl } from "../../cloud/network/network.ts";
import type { NetworkAclEntryRequest } from "../../cloud/network/network-acls.ts";
import { ICMP } from "../../cloud/network/traffic.ts";
import { oneOf } from "../accepted.ts";
import { defineAction, type Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";

/** The number of the last entry, which refuses what no other has matched. */
const LAST = 32_767;

interface Described extends NetworkAcl {
  readonly associations: readonly NetworkAclAssociation[];
  readonly shown: readonly NetworkAclEntry[];
}

function described(acls: readonly NetworkAcl[], { network }: Ec2Cloud): Described[] {
  const subnets = network.subnets();
  return acls.map((acl) => ({
    ...acl,
    shown: [...acl.entries.map(entryOutput), ...[false, true].map(lastEntry)],
    associations: subnets
      .filter(({ networkAcl }) => networkAcl.id === acl.id)
      .map(({ id, networkAcl }) => ({
        NetworkAclAssociationId: networkAcl.associationId,
        NetworkAclId: acl.id,
        SubnetId: id,
      })),
  }));
}

/** EC2 has protocols of ACLs as numbers. */
function entryOutput(entry: NetworkAcl["entries"][number]): NetworkAclEntry {
  const { protocol, fromPort, toPort } = entry;
  const hasRange = fromPort !== null && toPort !== null;
  return {
    RuleNumber: entry.ruleNumber,
    Protocol: String(protocol),
    RuleAction: entry.allow ? "allow" : "deny",
    Egress: entry.egress,
    CidrBlock: entry.cidrBlock,
    ...(hasRange && protocol === ICMP ? { IcmpTypeCode: { Type: fromPort, Code: toPort } } : {}),
    ...(hasRange && protocol !== ICMP ? { PortRange: { From: fromPort, To: toPort } } : {}),
  };
}

const lastEntry = (egress: boolean): NetworkAclEntry => ({
  RuleNumber: LAST,
  Protocol: "-1",
  RuleAction: "deny",
  Egress: egress,
  CidrBlock: "0.0.0.0/0",
});

const aclOutput = (acl: Described): WireAcl => ({
  NetworkAclId: acl.id,
  VpcId: acl.vpcId,
  OwnerId: acl.ownerId,
  IsDefault: acl.isDefault,
  Associations: [...acl.associations],
  Entries: [...acl.shown],
  Tags: tagList(acl.tags),
});

const entry =
  (read: (one: NetworkAclEntry) => string | number | boolean | undefined) =>
  ({ shown }: Described) =>
    shown.map(read);
const association =
  (read: (one: NetworkAclAssociation) => string | undefined) =>
  ({ associations }: Described) =>
    associations.map(read);

/** EC2 API, DescribeNetworkAcls, "Filters". */
const ACLS: Listing<Described> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: {
    "association.association-id": association(({ NetworkAclAssociationId: id }) => id),
    "association.network-acl-id": association(({ NetworkAclId: id }) => id),
    "association.subnet-id": association(({ SubnetId: id }) => id),
    default: ({ isDefault }) => isDefault,
    "entry.cidr": entry(({ CidrBlock: block }) => block),
    "entry.icmp.code": entry(({ IcmpTypeCode: icmp }) => icmp?.Code),
    "entry.icmp.type": entry(({ IcmpTypeCode: icmp }) => icmp?.Type),
    "entry.ipv6-cidr": () => undefined,
    "entry.port-range.from": entry(({ PortRange: range }) => range?.From),
    "entry.port-range.to": entry(({ PortRange: range }) => range?.To),
    "entry.protocol": entry(({ Protocol: protocol }) => protocol),
    "entry.rule-action": entry(({ RuleAction: action }) => action),
    "entry.egress": entry(({ Egress: egress }) => egress),
    "entry.rule-number": entry(({ RuleNumber: number }) => number),
    "network-acl-id": ({ id }) => id,
    "owner-id": ({ ownerId }) => ownerId,
    "vpc-id": ({ vpcId }) => vpcId,
  },
};

export const describeNetworkAcls = defineAction<DescribeNetworkAclsRequest, DescribeNetworkAclsResult>(
  DescribeNetworkAcls$,
  { ...LISTED, NetworkAclIds: true },
  async (request, context) => {
    const { network } = context.cloud;
    const chosen = named("networkAclIdSet", request.NetworkAclIds, request, {
      all: () => network.list("networkAcls"),
      get: (id) => network.get("networkAcls", id),
    });
    const all = described(chosen, context.cloud);
    const { items, nextToken } = await listPage(context, "DescribeNetworkAcls", all, request, ACLS);
    return { NetworkAcls: items.map(aclOutput), NextToken: nextToken };
  },
);

export const createNetworkAcl = defineAction<CreateNetworkAclRequest, CreateNetworkAclResult>(
  CreateNetworkAcl$,
  { ClientToken: true, TagSpecifications: tagSpecifications("network-acl"), VpcId: true },
  async ({ ClientToken: clientToken, TagSpecifications: tags, VpcId: vpcId = "" }, { cloud }) => {
    const { id } = await cloud.networkAcls.create({
      vpcId,
      tags: newTags(tags, "network-acl"),
      ...defined({ clientToken }),
    });
    const [made] = described([cloud.network.get("networkAcls", id)], cloud);
    return defined({ NetworkAcl: made && aclOutput(made), ClientToken: clientToken });
  },
);

export const deleteNetworkAcl = defineAction<DeleteNetworkAclRequest, Record<never, never>>(
  DeleteNetworkAcl$,
  { NetworkAclId: true },
  async ({ NetworkAclId: id = "" }, { cloud }) => {
    await cloud.networkAcls.delete(id);
    return {};
  },
);

const ENTRY = {
  CidrBlock: true,
  Egress: true,
  IcmpTypeCode: { Code: true, Type: true },
  NetworkAclId: true,
  PortRange: { From: true, To: true },
  Protocol: true,
  RuleAction: oneOf("allow", "deny"),
  RuleNumber: true,
} as const;

function entryOf(request: CreateNetworkAclEntryRequest): NetworkAclEntryRequest {
  const { CidrBlock: cidrBlock, IcmpTypeCode: icmp, PortRange: range, Protocol: protocol = "" } = request;
  if (cidrBlock === undefined) {
    throw new CloudError("MissingParameter", "The request must contain the parameter cidrBlock");
  }
  const isIcmp = protocol === "1" || protocol === "icmp";
  return {
    ruleNumber: request.RuleNumber ?? 0,
    egress: request.Egress ?? false,
    allow: request.RuleAction === "allow",
    cidrBlock,
    protocol,
    ...defined(isIcmp ? { fromPort: icmp?.Type, toPort: icmp?.Code } : { fromPort: range?.From, toPort: range?.To }),
  };
}

export const createNetworkAclEntry = defineAction<CreateNetworkAclEntryRequest, Record<never, never>>(
  CreateNetworkAclEntry$,
  ENTRY,
  async (request, { cloud }) => {
    await cloud.networkAcls.createEntry(request.NetworkAclId ?? "", entryOf(request));
    return {};
  },
);

export const replaceNetworkAclEntry = defineAction<ReplaceNetworkAclEntryRequest, Record<never, never>>(
  ReplaceNetworkAclEntry$,
  ENTRY,
  async (request, { cloud }) => {
    await cloud.networkAcls.replaceEntry(request.NetworkAclId ?? "", entryOf(request));
    return {};
  },
);

export const deleteNetworkAclEntry = defineAction<DeleteNetworkAclEntryRequest, Record<never, never>>(
  DeleteNetworkAclEntry$,
  { Egress: true, NetworkAclId: true, RuleNumber: true },
  async ({ NetworkAclId: id = "", Egress: egress = false, RuleNumber: ruleNumber = 0 }, { cloud }) => {
    await cloud.networkAcls.deleteEntry(id, { ruleNumber, egress });
    return {};
  },
);

export const replaceNetworkAclAssociation = defineAction<
  ReplaceNetworkAclAssociationRequest,
  ReplaceNetworkAclAssociationResult
>(
  ReplaceNetworkAclAssociation$,
  { AssociationId: true, NetworkAclId: true },
  async ({ AssociationId: id = "", NetworkAclId: aclId = "" }, { cloud }) => ({
    NewAssociationId: await cloud.networkAcls.replaceAssociation(id, aclId),
  }),
);
