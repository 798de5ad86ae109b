import { expect } from "vitest";
import {
  BROADCAST_MAC,
  destinationMac,
  ETHER_TYPE,
  etherType,
  macAt,
  parseMac,
  sourceMac,
} from "../../src/network/frames/ethernet.ts";
import { finish } from "../../src/network/frames/finish.ts";
import { parsePacket } from "../../src/network/frames/parse.ts";
import { MTU } from "../../src/network/model.ts";
import type { NetworkLab, NetworkLabModel } from "./network-lab.ts";

/** Two VPCs with the same addresses, one of them let out; a private subnet behind a NAT gateway, and a router of a guest's. */
export const FUZZ_MODEL: NetworkLabModel = {
  vpcs: { "vpc-1": { cidr: "10.0.0.0/16", gateway: "out" }, "vpc-2": { cidr: "10.0.0.0/16", gateway: "in" } },
  subnets: {
    "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] },
    "subnet-2": { vpc: "vpc-1", cidr: "10.0.1.0/24", routes: ["0.0.0.0/0 nat-1", "192.168.0.0/16 eni-d"] },
    "subnet-3": { vpc: "vpc-2", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-2"] },
  },
  interfaces: {
    "eni-a": { subnet: "subnet-1", ip: "10.0.0.10", publicIp: "198.51.100.10" },
    "eni-c": { subnet: "subnet-2", ip: "10.0.1.30" },
    "eni-d": { subnet: "subnet-2", ip: "10.0.1.40", sourceDestCheck: false },
    "eni-e": { subnet: "subnet-3", ip: "10.0.0.10", publicIp: "198.51.100.50" },
    "eni-nat": { subnet: "subnet-1", ip: "10.0.0.99", publicIp: "198.51.100.99" },
    // The last: it comes and goes, and the others' cards stay the same.
    "eni-b": { subnet: "subnet-1", ip: "10.0.0.20" },
  },
  nats: { "nat-1": "eni-nat" },
};

export const CARDS = ["eni-a", "eni-b", "eni-c", "eni-d", "eni-e"] as const;

/** Whose card is whose. */
export const macsOf = (lab: NetworkLab): ReadonlyMap<number, string> =>
  new Map(lab.model.interfaces.map(({ id, macAddress }) => [parseMac(macAddress) ?? 0, id]));

/** What has come to a card is for it, from the router or a neighbour in its own VPC, and is a packet that it can read. */
export function checkReceived(lab: NetworkLab, id: string, ownMacs: ReadonlyMap<number, string>): void {
  const card = lab.card(id);
  const vpcOf = (one: string) => (one === "eni-e" ? 2 : 1);
  for (const frame of card.received.splice(0)) {
    const { bytes, offload } = frame;
    const to = destinationMac(bytes);
    if (to !== card.mac) expect([to, bytes[23], bytes[35]]).toEqual([BROADCAST_MAC, 17, 67]);
    const neighbour = ownMacs.get(sourceMac(bytes));
    if (neighbour === undefined) expect(macAt(bytes, 6)).toBeGreaterThan(0x060000000000);
    else expect(vpcOf(neighbour)).toBe(vpcOf(id));
    if (etherType(bytes) === ETHER_TYPE.arp) continue;
    expect(parsePacket(frame).malformed).toBeUndefined();
    const isSegmented = offload !== undefined && offload.gsoType !== "none";
    expect(isSegmented || bytes.length <= MTU + 14).toBe(true);
    const wires = finish(frame);
    for (const wire of wires) expect(parsePacket({ bytes: wire }).malformed).toBeUndefined();
    expect(wires.every(({ length }) => length <= MTU + 14)).toBe(true);
  }
}
