import type { PrivateIpAddressSpecification } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { defined } from "../defined.ts";

export const PRIVATE_ADDRESSES = { Primary: true, PrivateIpAddress: true } as const;

interface Given {
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly PrivateIpAddressSpecification[] | undefined;
  readonly SecondaryPrivateIpAddressCount?: number | undefined;
}

/** EC2's ways to say which addresses an interface is to have: a list of them, of which one may be the primary one. */
export function privateAddressesOf(given: Given) {
  const { PrivateIpAddress: own, PrivateIpAddresses: list = [] } = given;
  const primary = list.filter(({ Primary: isPrimary = false }) => isPrimary).map((one) => one.PrivateIpAddress);
  const [first = own, ...others] = primary;
  if (others.length > 0 || (own !== undefined && first !== own)) {
    const text = "Only one private IP address of a network interface can be designated as primary.";
    throw new CloudError("InvalidParameterCombination", text);
  }
  const secondary = list.flatMap(({ Primary: isPrimary = false, PrivateIpAddress: address }) =>
    isPrimary || address === undefined ? [] : [address],
  );
  return defined({
    privateIpAddress: first,
    secondaryPrivateIpAddresses: secondary.length === 0 ? undefined : secondary,
    secondaryPrivateIpAddressCount: given.SecondaryPrivateIpAddressCount,
  });
}
