import type { FlowRecord } from "../../api/network-types.ts";
import { PAGE_ADDRESS } from "../../api/page-address.ts";
import { PAGE, type Question } from "../reachability/question.ts";
import { protocolOf } from "../security-groups/rule-fields.ts";

/**
 * Whether what a flow went to is reached from where it came; null of protocols that nobody asks about. `interfaceWith` gives
 * the interface in the same VPC that has an address, where one has it.
 */
export function questionOf(
  { interfaceId, direction, packetSource, packetDestination, destinationPort, protocol }: FlowRecord,
  interfaceWith: (address: string) => string | undefined,
): Question | null {
  const name = protocolOf({ protocol });
  const known = (["tcp", "udp", "icmp"] as const).find((one) => one === name);
  if (known === undefined) return null;
  const endOf = (address: string) => (address === PAGE_ADDRESS ? PAGE : (interfaceWith(address) ?? address));
  const ends =
    direction === "ingress"
      ? { source: endOf(packetSource), destination: interfaceId }
      : { source: interfaceId, destination: interfaceWith(packetDestination) ?? packetDestination };
  return { ...ends, protocol: known, port: String(destinationPort) };
}
