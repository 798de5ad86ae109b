import {
  AllocateAddress$,
  type AllocateAddressRequest,
  type AllocateAddressResult,
  AssociateAddress$,
  type AssociateAddressRequest,
  type AssociateAddressResult,
  DescribeAddresses$,
  DescribeAddressesAttribute$,
  type DescribeAddressesAttributeRequest,
  type DescribeAddressesAttributeResult,
  type DescribeAddressesRequest,
  type DescribeAddressesResult,
  DisassociateAddress$,
  type DisassociateAddressRequest,
  ReleaseAddress$,
  type ReleaseAddressRequest,
  type Address as WireAddress,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { AddressInfo } from "../../cloud/network/address-info.ts";
import { oneOf } from "../accepted.ts";
import { defineAction, type Ec2Cloud } from "../action.ts";
import { defined } from "../defined.ts";
import { applyFilters, type FilterTable } from "../filters.ts";
import { getAll, LISTED, listPage, named } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { shorten } from "../wire/parameters.ts";

const POOL = "amazon";

interface Described extends AddressInfo {
  readonly instanceId: string | undefined;
  readonly subnetId: string | undefined;
}

function described(addresses: readonly AddressInfo[], { network }: Ec2Cloud): Described[] {
  const interfaces = new Map(network.interfaces().map((one) => [one.id, one]));
  return addresses.map((one) => {
    const at = interfaces.get(one.association?.networkInterfaceId ?? "");
    return { ...one, instanceId: at?.attachment?.instanceId, subnetId: at?.subnetId };
  });
}

const addressOutput = ({ association: at, ...one }: Described): WireAddress => ({
  AllocationId: one.id,
  PublicIp: one.publicIp,
  Domain: "vpc",
  PublicIpv4Pool: POOL,
  NetworkBorderGroup: one.region,
  ...(at === null
    ? {}
    : {
        AssociationId: at.id,
        NetworkInterfaceId: at.networkInterfaceId,
        NetworkInterfaceOwnerId: one.ownerId,
        PrivateIpAddress: at.privateIpAddress,
        ...defined({ InstanceId: one.instanceId, SubnetId: one.subnetId }),
      }),
  Tags: tagList(one.tags),
});

/** EC2 API, DescribeAddresses, "Filters". */
const FILTERS: FilterTable<Described> = {
  "allocation-id": ({ id }) => id,
  "association-id": ({ association: at }) => at?.id,
  domain: () => "vpc",
  "instance-id": ({ instanceId }) => instanceId,
  "network-border-group": ({ region }) => region,
  "network-interface-id": ({ association: at }) => at?.networkInterfaceId,
  "network-interface-owner-id": ({ association: at, ownerId }) => at && ownerId,
  "private-ip-address": ({ association: at }) => at?.privateIpAddress,
  "public-ip": ({ publicIp }) => publicIp,
};

function withPublicIp({ addresses }: Ec2Cloud, publicIp: string): AddressInfo {
  const found = addresses.list().find((one) => one.publicIp === publicIp);
  if (found !== undefined) return found;
  const text = `Address '${shorten(publicIp)}' not found.`;
  throw new CloudError("InvalidAddress.NotFound", text, { publicIp: shorten(publicIp) });
}

/** EC2 has no pages of them. */
export const describeAddresses = defineAction<DescribeAddressesRequest, DescribeAddressesResult>(
  DescribeAddresses$,
  { AllocationIds: true, Filters: { Name: true, Values: true }, PublicIps: true },
  ({ AllocationIds: ids = [], Filters, PublicIps: ips = [] }, { cloud }) => {
    const chosen = [...getAll(ids, (id) => cloud.addresses.get(id)), ...getAll(ips, (ip) => withPublicIp(cloud, ip))];
    const all = ids.length + ips.length === 0 ? cloud.addresses.list() : chosen;
    const once = [...new Map(all.map((one) => [one.id, one])).values()];
    const matching = applyFilters(described(once, cloud), Filters, FILTERS, ({ tags }) => tags);
    return { Addresses: matching.map(addressOutput) };
  },
);

/** Terraform asks for it of each address. Names of addresses are the network's own, and none can be set: there are no PTR records. */
export const describeAddressesAttribute = defineAction<
  DescribeAddressesAttributeRequest,
  DescribeAddressesAttributeResult
>(
  DescribeAddressesAttribute$,
  { AllocationIds: true, Attribute: oneOf("domain-name"), MaxResults: LISTED.MaxResults, NextToken: true },
  async (request, context) => {
    const { addresses } = context.cloud;
    const chosen = named("allocationIdSet", request.AllocationIds, request, {
      all: () => addresses.list(),
      get: (id) => addresses.get(id),
    });
    const listing = { idOf: ({ id }: AddressInfo) => id, filters: {} };
    const { items, nextToken } = await listPage(context, "DescribeAddressesAttribute", chosen, request, listing);
    return {
      Addresses: items.map(({ id, publicIp }) => ({ AllocationId: id, PublicIp: publicIp })),
      NextToken: nextToken,
    };
  },
);

export const allocateAddress = defineAction<AllocateAddressRequest, AllocateAddressResult>(
  AllocateAddress$,
  { Domain: oneOf("vpc"), TagSpecifications: tagSpecifications("elastic-ip") },
  async ({ TagSpecifications: tags }, { cloud }) => {
    const { id, publicIp, region } = await cloud.addresses.allocate({ tags: newTags(tags, "elastic-ip") });
    return { AllocationId: id, PublicIp: publicIp, Domain: "vpc", PublicIpv4Pool: POOL, NetworkBorderGroup: region };
  },
);

interface Named {
  readonly AllocationId?: string | undefined;
  readonly PublicIp?: string | undefined;
}

/** By its allocation's id or, as in the time before VPCs, by itself. */
function allocationId({ AllocationId: id, PublicIp: ip }: Named, cloud: Ec2Cloud): string {
  if (id !== undefined && ip !== undefined) {
    throw new CloudError("InvalidParameterCombination", "You may specify public IP or allocation id, but not both");
  }
  if (id !== undefined) return id;
  if (ip !== undefined) return withPublicIp(cloud, ip).id;
  throw new CloudError("MissingParameter", "Either public IP or allocation id must be specified");
}

export const associateAddress = defineAction<AssociateAddressRequest, AssociateAddressResult>(
  AssociateAddress$,
  {
    AllocationId: true,
    AllowReassociation: true,
    InstanceId: true,
    NetworkInterfaceId: true,
    PrivateIpAddress: true,
    PublicIp: true,
  },
  async (request, { cloud }) => ({
    AssociationId: await cloud.addresses.associate({
      allocationId: allocationId(request, cloud),
      ...defined({
        allowReassociation: request.AllowReassociation,
        instanceId: request.InstanceId,
        networkInterfaceId: request.NetworkInterfaceId,
        privateIpAddress: request.PrivateIpAddress,
      }),
    }),
  }),
);

export const disassociateAddress = defineAction<DisassociateAddressRequest, Record<never, never>>(
  DisassociateAddress$,
  { AssociationId: true, PublicIp: true },
  async ({ AssociationId: id, PublicIp: ip }, { cloud }) => {
    if (id === undefined && ip === undefined) {
      throw new CloudError("MissingParameter", "Either public IP or association id must be specified");
    }
    const found = id ?? withPublicIp(cloud, ip ?? "").association?.id;
    // An address that is associated with nothing: nothing is to be done, as in EC2.
    if (found !== undefined) await cloud.addresses.disassociate(found);
    return {};
  },
);

export const releaseAddress = defineAction<ReleaseAddressRequest, Record<never, never>>(
  ReleaseAddress$,
  { AllocationId: true, NetworkBorderGroup: true, PublicIp: true },
  async (request, { cloud }) => {
    await cloud.addresses.release(allocationId(request, cloud));
    return {};
  },
);
