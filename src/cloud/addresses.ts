import { CloudError } from "../base/errors.ts";

/** EC2's default VPC is 172.31.0.0/16 with a /20 a zone; the first four and the last address are reserved (F52). */
const FIRST = 4;
const LAST = 2 ** 12 - 2;

/** The lowest free private address of the default subnet. */
export function nextPrivateAddress(taken: ReadonlySet<string>): string {
  for (let host = FIRST; host <= LAST; host++) {
    const address = `172.31.${host >> 8}.${host & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new CloudError(
    "InsufficientFreeAddressesInSubnet",
    "There are no free private addresses left. Terminate instances first.",
  );
}

/** EC2's private DNS name, "ip-172-31-0-4". */
export const hostnameOf = (address: string): string => `ip-${address.replaceAll(".", "-")}`;
