import { describe, expect, it } from "vitest";
import { icmp, parsed, tcp, udp, unreachable } from "../../../test/support/filter-lab.ts";
import { NetworkLab, type NetworkLabModel } from "../../../test/support/network-lab.ts";
import { formatAddress } from "../addresses.ts";
import { put16 } from "../frames/bytes.ts";
import { ipv4ChecksumHolds, putIpv4Checksum, segmentSum, sumOf } from "../frames/checksum.ts";
import { finish } from "../frames/finish.ts";
import { ICMP } from "../frames/icmp.ts";
import { quotedIn } from "../frames/icmp-errors.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { PAGE_ADDRESS } from "../model.ts";

const WORLD = "192.0.2.80";
const A = "10.0.0.10";
const B = "10.0.0.20";
const P = "10.0.1.30";
const PUBLIC_A = "198.51.100.10";
const PUBLIC_B = "198.51.100.20";
const PUBLIC_NAT = "198.51.100.99";

/** A public subnet with two instances and a NAT gateway, a private one behind it, and another VPC. */
const lab = (gateway: "in" | "out" = "out", more: Partial<NetworkLabModel> = {}): NetworkLabModel => ({
  vpcs: { "vpc-1": { cidr: "10.0.0.0/16", gateway }, "vpc-2": { cidr: "10.0.0.0/16", gateway } },
  subnets: {
    "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] },
    "subnet-2": { vpc: "vpc-1", cidr: "10.0.1.0/24", routes: ["0.0.0.0/0 nat-1"] },
    "subnet-3": { vpc: "vpc-2", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-2"] },
  },
  interfaces: {
    "eni-a": { subnet: "subnet-1", ip: A, publicIp: PUBLIC_A },
    "eni-b": { subnet: "subnet-1", ip: B, publicIp: PUBLIC_B },
    "eni-c": { subnet: "subnet-1", ip: "10.0.0.40" },
    "eni-p": { subnet: "subnet-2", ip: P },
    "eni-nat": { subnet: "subnet-1", ip: "10.0.0.99", publicIp: PUBLIC_NAT },
    "eni-far": { subnet: "subnet-3", ip: A, publicIp: "198.51.100.30" },
  },
  nats: { "nat-1": "eni-nat" },
  ...more,
});

const ends = ({ source, destination, sourcePort, destinationPort }: ParsedPacket) =>
  `${formatAddress(source)}:${sourcePort} > ${formatAddress(destination)}:${destinationPort}`;

function only(packets: readonly ParsedPacket[]): ParsedPacket {
  const [packet, ...others] = packets;
  if (packet === undefined || others.length > 0) throw new Error(`${packets.length} packets, and not one`);
  const { bytes, start, segment, end, protocol } = packet;
  expect(ipv4ChecksumHolds(bytes, start, segment - start)).toBe(true);
  expect(protocol === 1 ? sumOf(bytes, segment, end) : segmentSum(bytes, start, segment, end)).toBe(0xffff);
  return packet;
}

describe("internet gateways", () => {
  it("N18, F53: a public address stands for a private one, both ways, and the guest does not see it", async () => {
    const { card, fromOutside, outside } = bound(new NetworkLab(lab()));
    await card("eni-a").send(tcp(`${A}:4000`, `${WORLD}:80`, "S"));
    expect(ends(only(outside.splice(0)))).toBe(`${PUBLIC_A}:4000 > ${WORLD}:80`);
    await fromOutside(tcp(`${WORLD}:80`, `${PUBLIC_A}:4000`, "SA"));
    expect(ends(only(card("eni-a").take()))).toBe(`${WORLD}:80 > ${A}:4000`);
    await card("eni-a").send(icmp(A, WORLD, ICMP.echoRequest));
    expect(ends(only(outside.splice(0)))).toBe(`${PUBLIC_A}:0 > ${WORLD}:0`);
    await fromOutside(udp(`${WORLD}:1`, `${PUBLIC_A}:2`));
    expect(ends(only(card("eni-a").take()))).toBe(`${WORLD}:1 > ${A}:2`);
  });

  it("N18, F53: an address follows its association at once", async () => {
    const network = new NetworkLab(lab());
    const model = lab();
    const moved = {
      ...model.interfaces,
      "eni-a": { subnet: "subnet-1", ip: A },
      "eni-c": { subnet: "subnet-1", ip: "10.0.0.40", publicIp: PUBLIC_A },
    };
    network.configure({ ...model, interfaces: moved });
    await network.fromOutside(udp(`${WORLD}:1`, `${PUBLIC_A}:2`));
    expect(network.card("eni-a").take()).toEqual([]);
    expect(ends(only(network.card("eni-c").take()))).toBe(`${WORLD}:1 > 10.0.0.40:2`);
  });

  it("N18: checksums that are left to be made are right once they are made", async () => {
    const network = new NetworkLab(lab(), {
      outside: { receive: (packet, offload) => outside.push(finishOf(packet, offload)) },
    });
    const outside: ParsedPacket[] = [];
    const packet = udp(`${A}:1`, `${WORLD}:2`);
    // What a guest's driver leaves: the pseudo-header's sum.
    const view = new DataView(packet.bytes.buffer);
    const addresses = [26, 28, 30, 32].reduce((sum, at) => sum + view.getUint16(at), 17 + 12);
    view.setUint16(40, (addresses & 0xffff) + (addresses >>> 16));
    await network.card("eni-a").send(packet, {
      needsChecksum: true,
      csumStart: 34,
      csumOffset: 6,
      gsoType: "none",
      gsoSize: 0,
      headerBytes: 42,
    });
    expect(ends(only(outside))).toBe(`${PUBLIC_A}:1 > ${WORLD}:2`);
  });

  it("N18: an error tells each side of its own addresses", async () => {
    const { card, fromOutside, outside } = bound(new NetworkLab(lab()));
    await card("eni-a").send(udp(`${A}:4000`, `${WORLD}:53`));
    await fromOutside(unreachable(WORLD, only(outside.splice(0))));
    const inwards = only(card("eni-a").take());
    const quoted = quotedIn(inwards);
    expect(quoted.malformed === undefined && ends(quoted)).toBe(`${A}:4000 > ${WORLD}:53`);
    await fromOutside(udp(`${WORLD}:1`, `${PUBLIC_A}:2`));
    await card("eni-a").send({ ...unreachable(A, only(card("eni-a").take())) });
    const outwards = quotedIn(only(outside));
    expect(outwards.malformed === undefined && ends(outwards)).toBe(`${WORLD}:1 > ${PUBLIC_A}:2`);
  });

  it("N18: an error that was spoilt on its way stays so", async () => {
    const { card, fromOutside, outside } = bound(new NetworkLab(lab()));
    await card("eni-a").send(udp(`${A}:4000`, `${WORLD}:53`));
    const error = unreachable(WORLD, only(outside.splice(0)));
    error.bytes[error.end - 1] = (error.bytes[error.end - 1] as number) ^ 1;
    await fromOutside(error);
    const [came] = card("eni-a").take();
    if (came === undefined) throw new Error("nothing has come");
    expect(formatAddress(came.destination)).toBe(A);
    expect(sumOf(came.bytes, came.segment, came.end)).not.toBe(0xffff);
  });

  it("N8: pieces from outside do not get past the filters as wholes", async () => {
    const { card, fromOutside } = bound(new NetworkLab(lab()));
    for (const fragment of [0x2000, 0x00b9, 0x20b9]) {
      const piece = udp(`${WORLD}:1`, `${PUBLIC_A}:2`);
      put16(piece.bytes, 20, fragment);
      putIpv4Checksum(piece.bytes, 14, 20);
      await fromOutside(piece);
    }
    expect(card("eni-a").take()).toEqual([]);
  });

  it("N18: without outbound nothing leaves but to the page, and the sender is told", async () => {
    const { card, fromOutside, outside, drops } = bound(new NetworkLab(lab("in")));
    await card("eni-a").send(tcp(`${A}:4000`, `${WORLD}:80`, "S"));
    expect(outside).toEqual([]);
    const error = only(card("eni-a").take());
    expect([error.icmpType, error.icmpCode]).toEqual([ICMP.unreachable, 13]);
    const quoted = quotedIn(error);
    expect(quoted.malformed === undefined && ends(quoted)).toBe(`${A}:4000 > ${WORLD}:80`);
    await fromOutside(tcp(`${PAGE_ADDRESS}:5000`, `${PUBLIC_A}:80`, "S"));
    await card("eni-a").send(tcp(`${A}:80`, `${PAGE_ADDRESS}:5000`, "SA"));
    expect(ends(only(outside))).toBe(`${PUBLIC_A}:80 > ${PAGE_ADDRESS}:5000`);
    expect(drops("eni-a").in).toEqual({ "outbound-off": 1 });
  });

  it("N18: who has no public address, or no gateway, or goes where nobody is, gets nowhere", async () => {
    const { card, outside, drops } = bound(new NetworkLab(lab()));
    await card("eni-c").send(udp("10.0.0.40:1", `${WORLD}:1`));
    await card("eni-a").send(udp(`${A}:1`, "192.168.7.7:1"));
    await card("eni-a").send(udp(`${A}:1`, "198.18.7.7:1"));
    const { vpcs, ...rest } = lab();
    const without = bound(new NetworkLab({ ...rest, vpcs: { ...vpcs, "vpc-1": { cidr: "10.0.0.0/16" } } }));
    await without.card("eni-a").send(udp(`${A}:1`, `${WORLD}:1`));
    await without.fromOutside(udp(`${WORLD}:1`, `${PUBLIC_A}:1`));
    expect([...outside, ...without.outside, ...without.card("eni-a").take()]).toEqual([]);
    expect(drops("eni-c").in).toEqual({ "no-public-address": 1 });
    expect(drops("eni-a").in).toEqual({ "no-route": 1, "no-host": 1 });
    expect(without.drops("eni-a")).toEqual({ in: { "no-internet-gateway": 1 }, out: { "no-internet-gateway": 1 } });
  });

  it("N18: an instance in a private subnet has no way in, even with a public address", async () => {
    const model = lab();
    const interfaces = { ...model.interfaces, "eni-p": { subnet: "subnet-2", ip: P, publicIp: "198.51.100.50" } };
    const { card, fromOutside, drops } = bound(new NetworkLab({ ...model, interfaces }));
    await fromOutside(udp(`${WORLD}:1`, "198.51.100.50:1"));
    expect(card("eni-p").take()).toEqual([]);
    expect(drops("eni-p").out).toEqual({ "no-route": 1 });
  });

  it("N18: nobody outside is somebody inside", async () => {
    const network = new NetworkLab(lab());
    for (const from of [A, PUBLIC_B, "127.0.0.1", "169.254.169.254"])
      await network.fromOutside(udp(`${from}:1`, `${PUBLIC_A}:1`));
    await network.fromOutside(udp(`${WORLD}:1`, "198.51.100.77:1"));
    expect(network.card("eni-a").take()).toEqual([]);
    expect(network.network.droppedOutside()).toEqual({ "source-check": 4, "no-host": 1 });
  });

  it("N19: an instance that is called by its public address sees its caller's public address, in its own VPC and in others", async () => {
    const model = lab("in", { groups: { "sg-from-a": [`in udp ${PUBLIC_A}/32`] } });
    const interfaces = {
      ...model.interfaces,
      "eni-b": { subnet: "subnet-1", ip: B, publicIp: PUBLIC_B, groups: ["sg-from-a"] },
    };
    const { card } = bound(new NetworkLab({ ...model, interfaces }));
    await card("eni-a").send(udp(`${A}:1`, `${PUBLIC_B}:2`));
    await card("eni-a").send(udp(`${A}:1`, `${B}:2`));
    expect(ends(only(card("eni-b").take()))).toBe(`${PUBLIC_A}:1 > ${B}:2`);
    await card("eni-a").send(udp(`${A}:1`, "198.51.100.30:3"));
    expect(ends(only(card("eni-far").take()))).toBe(`${PUBLIC_A}:1 > ${A}:3`);
    await card("eni-far").send(udp(`${A}:3`, `${PUBLIC_A}:1`));
    expect(ends(only(card("eni-a").take()))).toBe(`198.51.100.30:3 > ${A}:1`);
  });
});

describe("NAT gateways", () => {
  it("N20: who is behind one gets out by its address, and what answers comes in; nobody else does", async () => {
    const { card, fromOutside, outside, drops } = bound(new NetworkLab(lab()));
    await card("eni-p").send(tcp(`${P}:4000`, `${WORLD}:80`, "S"));
    const out = only(outside.splice(0));
    expect(ends(out)).toBe(`${PUBLIC_NAT}:4000 > ${WORLD}:80`);
    await fromOutside(tcp(`${WORLD}:80`, `${PUBLIC_NAT}:4000`, "SA"));
    expect(ends(only(card("eni-p").take()))).toBe(`${WORLD}:80 > ${P}:4000`);
    await fromOutside(tcp("192.0.2.81:80", `${PUBLIC_NAT}:4000`, "SA"));
    await fromOutside(tcp(`${WORLD}:81`, `${PUBLIC_NAT}:4000`, "S"));
    await fromOutside(icmp(WORLD, PUBLIC_NAT, ICMP.echoRequest));
    expect(card("eni-p").take()).toEqual([]);
    expect(drops("eni-nat").out).toEqual({ "nat-no-connection": 3 });
  });

  it("N20: two with the same port have two, and the same one for all whom they talk to", async () => {
    const model = lab();
    const interfaces = { ...model.interfaces, "eni-q": { subnet: "subnet-2", ip: "10.0.1.31" } };
    const { card, fromOutside, outside } = bound(new NetworkLab({ ...model, interfaces }));
    await card("eni-p").send(udp(`${P}:4000`, `${WORLD}:53`));
    await card("eni-q").send(udp("10.0.1.31:4000", `${WORLD}:53`));
    await card("eni-q").send(udp("10.0.1.31:4000", "192.0.2.81:53"));
    const [, second, third] = outside.map(({ sourcePort }) => sourcePort);
    expect(second).not.toBe(4000);
    expect(second).toBe(third);
    await fromOutside(udp(`${WORLD}:53`, `${PUBLIC_NAT}:${second}`));
    expect(ends(only(card("eni-q").take()))).toBe(`${WORLD}:53 > 10.0.1.31:4000`);
    expect(card("eni-p").take()).toEqual([]);
  });

  it("N20: pings and errors find their way back", async () => {
    const { card, fromOutside, outside } = bound(new NetworkLab(lab()));
    await card("eni-p").send(icmp(P, WORLD, ICMP.echoRequest, 0, 99));
    const ping = only(outside.splice(0));
    await fromOutside(icmp(WORLD, PUBLIC_NAT, ICMP.echoReply, 0, ping.icmpIdentifier));
    expect(only(card("eni-p").take())).toMatchObject({ icmpType: ICMP.echoReply, icmpIdentifier: 99 });
    await card("eni-p").send(udp(`${P}:4000`, `${WORLD}:53`));
    await fromOutside(unreachable(WORLD, only(outside)));
    const error = only(card("eni-p").take());
    expect(formatAddress(error.destination)).toBe(P);
    const quoted = quotedIn(error);
    expect(quoted.malformed === undefined && ends(quoted)).toBe(`${P}:4000 > ${WORLD}:53`);
  });

  it("N20: of ICMP only questions get out, and only their answers in", async () => {
    const { card, fromOutside, outside } = bound(new NetworkLab(lab()));
    // The identifier that messages without one would be taken for.
    await card("eni-p").send(icmp(P, WORLD, ICMP.echoRequest, 0, 0));
    const { icmpIdentifier } = only(outside.splice(0));
    const error = unreachable(P, udp(`${WORLD}:1`, `${P}:2`), 4);
    put16(error.bytes, error.segment + 6, 1400);
    for (const message of [error, icmp(P, WORLD, ICMP.echoReply, 0, 0), icmp(P, WORLD, 9, 0, 0)])
      await card("eni-p").send(message);
    expect(outside).toEqual([]);
    for (const type of [ICMP.echoRequest, 9, 13]) await fromOutside(icmp(WORLD, PUBLIC_NAT, type, 0, icmpIdentifier));
    expect(card("eni-p").take()).toEqual([]);
    await fromOutside(icmp(WORLD, PUBLIC_NAT, ICMP.echoReply, 0, icmpIdentifier));
    expect(only(card("eni-p").take())).toMatchObject({ icmpType: ICMP.echoReply, icmpIdentifier: 0 });
  });

  it("N20: the ACLs of the gateway's subnet count, and its way out", async () => {
    const model = lab();
    const acl = ["50 deny out udp 0.0.0.0/0", "100 allow in all 0.0.0.0/0", "100 allow out all 0.0.0.0/0"];
    const gated = {
      ...model.subnets,
      "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"], acl },
    };
    const { card, outside, drops } = bound(new NetworkLab({ ...model, subnets: gated }));
    await card("eni-p").send(udp(`${P}:1`, `${WORLD}:1`));
    await card("eni-p").send(tcp(`${P}:1`, `${WORLD}:1`, "S"));
    expect(outside.map(({ protocol }) => protocol)).toEqual([6]);
    expect(drops("eni-p").in).toEqual({ "network-acl": 1 });
    const closed = { ...model.subnets, "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24" } };
    const without = bound(new NetworkLab({ ...model, subnets: closed }));
    await without.card("eni-p").send(udp(`${P}:1`, `${WORLD}:1`));
    expect(without.drops("eni-p").in).toEqual({ "no-internet-gateway": 1 });
  });

  it("N19, N20: an instance's public address is reached through the gateway's", async () => {
    const { card } = bound(new NetworkLab(lab("in")));
    await card("eni-p").send(udp(`${P}:1025`, `${PUBLIC_A}:1`));
    expect(ends(only(card("eni-a").take()))).toBe(`${PUBLIC_NAT}:1025 > ${A}:1`);
    await card("eni-a").send(udp(`${A}:1`, `${PUBLIC_NAT}:1025`));
    expect(ends(only(card("eni-p").take()))).toBe(`${PUBLIC_A}:1 > ${P}:1025`);
  });

  it("N21: a conversation is over after its time, and TCP's begins with SYN", async () => {
    const network = new NetworkLab(lab());
    const { card, fromOutside, outside, drops } = bound(network);
    await card("eni-p").send(tcp(`${P}:4000`, `${WORLD}:80`, "A"));
    expect(drops("eni-p").in).toEqual({ "nat-no-connection": 1 });
    await card("eni-p").send(udp(`${P}:4000`, `${WORLD}:53`));
    await card("eni-p").send(tcp(`${P}:4001`, `${WORLD}:80`, "S"));
    await fromOutside(tcp(`${WORLD}:80`, `${PUBLIC_NAT}:4001`, "SA"));
    await card("eni-p").send(tcp(`${P}:4001`, `${WORLD}:80`, "A"));
    expect(network.network.natSessions("nat-1")).toBe(2);
    network.clock.sleep(301_000);
    card("eni-p").take();
    await fromOutside(udp(`${WORLD}:53`, `${PUBLIC_NAT}:4000`));
    await fromOutside(tcp(`${WORLD}:80`, `${PUBLIC_NAT}:4001`, "A"));
    expect(card("eni-p").take().map(ends)).toEqual([`${WORLD}:80 > ${P}:4001`]);
    // What is over makes room when the next one begins.
    await card("eni-p").send(udp(`${P}:5000`, `${WORLD}:53`));
    expect(network.network.natSessions("nat-1")).toBe(2);
    expect(outside.length).toBe(4);
  });

  it("N21: one sender fills no more than its share of the table", async () => {
    const model = lab();
    const interfaces = { ...model.interfaces, "eni-q": { subnet: "subnet-2", ip: "10.0.1.31" } };
    const network = new NetworkLab({ ...model, interfaces }, { outside: { receive: () => {} } });
    const p = network.card("eni-p");
    const router = (await p.arp(0x0a000101)) ?? 0;
    const { bytes } = udp(`${P}:4000`, `${WORLD}:53`);
    new DataView(bytes.buffer).setUint16(0, Math.floor(router / 2 ** 32));
    new DataView(bytes.buffer).setUint32(2, router % 2 ** 32);
    new DataView(bytes.buffer).setUint16(6, Math.floor(p.mac / 2 ** 32));
    new DataView(bytes.buffer).setUint32(8, p.mac % 2 ** 32);
    for (let port = 1; port <= 5000; port++) {
      const one = bytes.slice();
      new DataView(one.buffer).setUint16(34, port);
      p.attached.receive({ bytes: one });
    }
    await network.settle();
    expect(network.network.natSessions("nat-1")).toBe(4096);
    expect(network.drops("eni-p").in).toEqual({ "nat-full": 5000 - 4096 });
    await network.card("eni-q").send(udp("10.0.1.31:4000", `${WORLD}:53`));
    expect(network.network.natSessions("nat-1")).toBe(4097);
  });
});

/** So that a test reads without naming its lab each time. */
const bound = (network: NetworkLab) => ({
  card: (id: string) => network.card(id),
  fromOutside: (packet: ParsedPacket) => network.fromOutside(packet),
  drops: (id: string) => network.drops(id),
  outside: network.outside,
});

function finishOf(packet: ParsedPacket, offload: Parameters<typeof finish>[0]["offload"]): ParsedPacket {
  const [bytes = packet.bytes] = finish(
    offload === undefined ? { bytes: packet.bytes } : { bytes: packet.bytes, offload },
  );
  return parsed(bytes.slice());
}
