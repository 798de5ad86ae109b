import { privateDomain, publicDomain } from "../network/services/dns-names.ts";

export { privateDomain };

/** EC2's private DNS name, "ip-172-31-0-4". */
export const hostnameOf = (address: string): string => `ip-${address.replaceAll(".", "-")}`;

/** With the domain that EC2 gives it in its region (VPC User Guide, "DNS attributes for your VPC"). */
export const privateDnsNameOf = (address: string, region: string): string =>
  `${hostnameOf(address)}.${privateDomain(region)}`;

/** EC2's public DNS name of a public address (VPC User Guide, "DNS attributes for your VPC"). */
export const publicDnsNameOf = (address: string, region: string): string =>
  `ec2-${address.replaceAll(".", "-")}.${publicDomain(region)}`;
