import { CloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { formatAddress, rangeOf } from "../../network/addresses.ts";
import { PUBLIC_POOL } from "../../network/model.ts";
import type { Registry } from "../registry.ts";

/** Given to an interface, or allocated. */
const isTaken = ({ interfacesAtPublicIp, addressesAt }: Registry, publicIp: string): boolean =>
  interfacesAtPublicIp.has(publicIp) || addressesAt.has(publicIp);

/** Free ones, anywhere in the pool: what was released is not likely to come back soon, as in EC2. */
export function freePublicAddresses(registry: Registry, random: Random, count: number): string[] {
  const { first, size } = rangeOf(PUBLIC_POOL);
  const [a = 0, b = 0, c = 0] = random.bytes(3);
  const start = (a * 0x1_00_00 + b * 0x1_00 + c) % size;
  const free: string[] = [];
  for (let step = 0; step < size && free.length < count; step++) {
    const host = (start + step) % size;
    const isHost = host % 256 !== 0 && host % 256 !== 255;
    const address = formatAddress(first + host);
    if (isHost && !isTaken(registry, address)) free.push(address);
  }
  if (free.length === count) return free;
  throw new CloudError("InsufficientAddressCapacity", "There are not enough public IP addresses left.", { count });
}
