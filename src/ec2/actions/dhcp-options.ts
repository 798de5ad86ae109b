import {
  DescribeDhcpOptions$,
  type DescribeDhcpOptionsRequest,
  type DescribeDhcpOptionsResult,
  type DhcpOptions,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { privateDomain } from "../../cloud/addresses.ts";
import { idOf } from "../../cloud/network/default-network.ts";
import { type Owned, ownedIn } from "../../cloud/scope.ts";
import { defineAction } from "../action.ts";
import { LISTED, type Listing, listPage, named } from "../listing.ts";
import { shorten } from "../wire/parameters.ts";

/** There is one set, of all VPCs of an account in a region: what the network's DHCP says (VPC User Guide, "DHCP option sets"). */
export const dhcpOptionsId = ({ ownerId, region }: Owned) => idOf("dopt", `${ownerId} ${region}`);

/** The resolver is at the base of the VPC's block plus two. */
const settingsOf = ({ region }: Owned) => ({
  "domain-name": privateDomain(region),
  "domain-name-servers": "AmazonProvidedDNS",
});

const optionsOutput = (owned: Owned): DhcpOptions => ({
  DhcpOptionsId: dhcpOptionsId(owned),
  OwnerId: owned.ownerId,
  DhcpConfigurations: Object.entries(settingsOf(owned)).map(([Key, Value]) => ({ Key, Values: [{ Value }] })),
  Tags: [],
});

/** EC2 API, DescribeDhcpOptions, "Filters". */
const OPTIONS: Listing<Owned> = {
  idOf: dhcpOptionsId,
  tagsOf: () => ({}),
  filters: {
    "dhcp-options-id": dhcpOptionsId,
    key: (owned) => Object.keys(settingsOf(owned)),
    "owner-id": ({ ownerId }) => ownerId,
    value: (owned) => Object.values(settingsOf(owned)),
  },
};

export const describeDhcpOptions = defineAction<DescribeDhcpOptionsRequest, DescribeDhcpOptionsResult>(
  DescribeDhcpOptions$,
  { ...LISTED, DhcpOptionsIds: true },
  async (request, context) => {
    const own = ownedIn(context.caller);
    const chosen = named("dhcpOptionsSet", request.DhcpOptionsIds, request, {
      all: () => [own],
      get: (id) => {
        if (id === dhcpOptionsId(own)) return own;
        const text = `The dhcpOption ID '${shorten(id)}' does not exist`;
        throw new CloudError("InvalidDhcpOptionID.NotFound", text, { id: shorten(id) });
      },
    });
    const { items, nextToken } = await listPage(context, "DescribeDhcpOptions", chosen, request, OPTIONS);
    return { DhcpOptions: items.map(optionsOutput), NextToken: nextToken };
  },
);
