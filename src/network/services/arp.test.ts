import { describe, expect, it } from "vitest";
import { addressOf, udp } from "../../../test/support/filter-lab.ts";
import { NetworkLab } from "../../../test/support/network-lab.ts";
import { ARP_OPERATION, arpFrame, parseArp } from "../frames/arp.ts";
import { BROADCAST_MAC } from "../frames/ethernet.ts";

const hex = (text: string) =>
  Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Linux asks who has 10.0.0.1, padded to Ethernet's least length. */
const WHO_HAS_ROUTER = hex(
  `ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a00000a 000000000000 0a000001 ${"00".repeat(18)}`,
);

const lab = () =>
  new NetworkLab({
    vpcs: { "vpc-1": { cidr: "10.0.0.0/16" } },
    subnets: { "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24" }, "subnet-2": { vpc: "vpc-1", cidr: "10.0.1.0/24" } },
    interfaces: {
      "eni-a": { subnet: "subnet-1", ip: "10.0.0.10" },
      "eni-b": { subnet: "subnet-1", ip: "10.0.0.20" },
      "eni-c": { subnet: "subnet-2", ip: "10.0.1.30" },
    },
  });

describe("ARP", () => {
  it("N10: is answered for the router, in a frame for the one who asks", async () => {
    const network = lab();
    const a = network.card("eni-a");
    await a.sendFrame(WHO_HAS_ROUTER.slice());
    const [reply] = a.received;
    expect(reply?.bytes).toEqual(
      hex("020000000001 06000a000001 0806 0001 0800 06 04 0002 06000a000001 0a000001 020000000001 0a00000a"),
    );
    expect(network.card("eni-b").received).toEqual([]);
  });

  it("N10: neighbours have their own cards, services are at the router's, and who is not there has none", async () => {
    const network = lab();
    const a = network.card("eni-a");
    const router = await a.arp(addressOf("10.0.0.1"));
    expect(await a.arp(addressOf("10.0.0.20"))).toBe(network.card("eni-b").mac);
    for (const service of ["10.0.0.2", "169.254.169.254", "169.254.169.253", "169.254.169.123"])
      expect(await a.arp(addressOf(service))).toBe(router);
    // Of other subnets: who has a route to them on its own card is helped.
    expect(await a.arp(addressOf("10.0.1.30"))).toBe(router);
    expect(await a.arp(addressOf("10.0.0.99"))).toBeUndefined();
    expect(network.card("eni-b").received).toEqual([]);
  });

  it("N10: a probe for an address of one's own is not answered (RFC 5227), nor is an announcement", async () => {
    const network = lab();
    const a = network.card("eni-a");
    const own = { senderMac: a.mac, targetMac: 0, targetAddress: a.address };
    await a.sendFrame(arpFrame({ ...own, operation: ARP_OPERATION.request, senderAddress: 0 }, BROADCAST_MAC));
    await a.sendFrame(arpFrame({ ...own, operation: ARP_OPERATION.request, senderAddress: a.address }, BROADCAST_MAC));
    expect(a.received).toEqual([]);
    expect(network.drops("eni-a").in).toEqual({});
    // A probe for somebody else's is: that is what it is for.
    const taken = { ...own, operation: ARP_OPERATION.request, senderAddress: 0, targetAddress: addressOf("10.0.0.20") };
    await a.sendFrame(arpFrame(taken, BROADCAST_MAC));
    expect(a.received.map(({ bytes }) => parseArp(bytes)?.senderMac)).toEqual([network.card("eni-b").mac]);
  });

  it("N10: nobody is told that a neighbour's address is at another card; who tries is logged", async () => {
    const network = lab();
    const [a, b] = [network.card("eni-a"), network.card("eni-b")];
    const before = await b.arp(addressOf("10.0.0.1"));
    const forged = {
      operation: ARP_OPERATION.reply,
      senderMac: a.mac,
      senderAddress: addressOf("10.0.0.1"),
      targetMac: b.mac,
      targetAddress: b.address,
    };
    await a.sendFrame(arpFrame(forged, b.mac));
    await a.sendFrame(arpFrame({ ...forged, operation: ARP_OPERATION.request }, BROADCAST_MAC));
    await a.sendFrame(arpFrame({ ...forged, senderMac: b.mac, senderAddress: a.address }, b.mac));
    expect(b.received).toEqual([]);
    expect(network.drops("eni-a").in).toEqual({ "arp-forged": 2, "source-mac": 1 });
    expect(network.network.incidents("eni-a")).toMatchObject([
      { reason: "arp-forged", what: "10.0.0.1 is said to be at 02:00:00:00:00:01", count: 2 },
      { reason: "source-mac" },
    ]);
    expect(await b.arp(addressOf("10.0.0.1"))).toBe(before);
    // And what is for the router still goes there.
    await b.send(udp("10.0.0.20:1", "10.0.1.30:1"));
    expect(network.card("eni-c").take()).toHaveLength(1);
  });

  it("N28: what is cut or is not for Ethernet and IPv4 is dropped", async () => {
    const network = lab();
    const a = network.card("eni-a");
    for (let length = 14; length < 42; length++) await a.sendFrame(WHO_HAS_ROUTER.slice(0, length));
    const other = WHO_HAS_ROUTER.slice();
    other[15] = 6;
    await a.sendFrame(other);
    expect(a.received).toEqual([]);
    expect(network.drops("eni-a").in).toEqual({ "arp-malformed": 29 });
  });
});
