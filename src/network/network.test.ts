import { describe, expect, it } from "vitest";
import { icmp, tcp, udp } from "../../test/support/filter-lab.ts";
import { NetworkLab, type NetworkLabModel } from "../../test/support/network-lab.ts";
import { formatAddress } from "./addresses.ts";
import { ipv4ChecksumHolds, segmentSum, sumOf } from "./frames/checksum.ts";
import { BROADCAST_MAC, destinationMac, ETHERNET_HEADER, putMac, sourceMac } from "./frames/ethernet.ts";
import { ICMP } from "./frames/icmp.ts";
import { quotedIn } from "./frames/icmp-errors.ts";
import type { ParsedPacket } from "./frames/parse.ts";

const A = "10.0.0.10";
const B = "10.0.0.20";
const C = "10.0.1.30";

const twoSubnets: NetworkLabModel = {
  vpcs: { "vpc-1": { cidr: "10.0.0.0/16" } },
  subnets: { "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24" }, "subnet-2": { vpc: "vpc-1", cidr: "10.0.1.0/24" } },
  interfaces: {
    "eni-a": { subnet: "subnet-1", ip: A },
    "eni-b": { subnet: "subnet-1", ip: B },
    "eni-c": { subnet: "subnet-2", ip: C },
  },
};

const ends = ({ source, destination, sourcePort, destinationPort }: ParsedPacket) =>
  `${formatAddress(source)}:${sourcePort} > ${formatAddress(destination)}:${destinationPort}`;

function expectChecksums({ bytes, start, segment, end, protocol }: ParsedPacket): void {
  expect(ipv4ChecksumHolds(bytes, start, segment - start)).toBe(true);
  expect(protocol === 1 ? sumOf(bytes, segment, end) : segmentSum(bytes, start, segment, end)).toBe(0xffff);
}

describe("delivery", () => {
  it("N1, F52: a frame goes to the one card that it is for, in the subnet and in others", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, b, c] = [lab.card("eni-a"), lab.card("eni-b"), lab.card("eni-c")];
    await a.send(udp(`${A}:1000`, `${B}:2000`));
    await a.send(udp(`${A}:1000`, `${C}:3000`));
    expect(b.take().map(ends)).toEqual([`${A}:1000 > ${B}:2000`]);
    const [routed] = c.take();
    if (routed === undefined) throw new Error("nothing came");
    expect(ends(routed)).toBe(`${A}:1000 > ${C}:3000`);
    expect(destinationMac(routed.bytes)).toBe(c.mac);
    expect(sourceMac(routed.bytes)).toBe(await c.arp(0x0a000101));
    expect(routed.ttl).toBe(63);
    expectChecksums(routed);
    expect(a.take()).toEqual([]);
  });

  it("N1: what is for more than one goes to nobody", async () => {
    const lab = new NetworkLab(twoSubnets);
    const a = lab.card("eni-a");
    const { bytes } = udp(`${A}:5353`, "224.0.0.251:5353");
    putMac(bytes, 0, 0x01005e0000fb);
    putMac(bytes, 6, a.mac);
    await a.sendFrame(bytes);
    const broadcast = udp(`${A}:137`, "10.0.0.255:137").bytes;
    putMac(broadcast, 0, BROADCAST_MAC);
    putMac(broadcast, 6, a.mac);
    await a.sendFrame(broadcast);
    expect(lab.card("eni-b").received).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ multicast: 2 });
  });

  it("N2, F52: VPCs are worlds of their own, with the same addresses", async () => {
    const lab = new NetworkLab({
      vpcs: { "vpc-1": { cidr: "10.0.0.0/16" }, "vpc-2": { cidr: "10.0.0.0/16" } },
      subnets: { "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24" }, "subnet-2": { vpc: "vpc-2", cidr: "10.0.0.0/24" } },
      interfaces: {
        "eni-a": { subnet: "subnet-1", ip: A },
        "eni-b": { subnet: "subnet-1", ip: B },
        "eni-other-a": { subnet: "subnet-2", ip: A },
        "eni-other-b": { subnet: "subnet-2", ip: B },
        "eni-other-c": { subnet: "subnet-2", ip: "10.0.0.30" },
      },
    });
    await lab.card("eni-a").send(udp(`${A}:1`, `${B}:2`));
    expect(lab.card("eni-b").take()).toHaveLength(1);
    for (const id of ["eni-other-a", "eni-other-b"]) expect(lab.card(id).received).toEqual([]);
    expect(await lab.card("eni-a").send(udp(`${A}:1`, "10.0.0.30:2"))).toBe(false);
    // Even to the other one's card: it is in no subnet of the sender's.
    const { bytes } = udp(`${A}:1`, "10.0.0.30:2");
    putMac(bytes, 0, lab.card("eni-other-c").mac);
    putMac(bytes, 6, lab.card("eni-a").mac);
    await lab.card("eni-a").sendFrame(bytes);
    expect(lab.card("eni-other-c").received).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ "no-host": 1 });
  });

  it("N3: a frame from a card or an address that is not the sender's is dropped and told of", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    const { bytes } = udp(`${A}:1`, `${B}:2`);
    putMac(bytes, 0, b.mac);
    putMac(bytes, 6, b.mac + 1);
    await a.sendFrame(bytes);
    await a.send(udp("10.0.0.99:1", `${B}:2`));
    await a.send(udp("10.0.0.99:1", `${B}:2`));
    expect(b.received).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ "source-mac": 1, "source-check": 2 });
    expect(lab.network.incidents("eni-a")).toMatchObject([
      { interfaceId: "eni-a", reason: "source-mac", what: "the card 02:00:00:00:00:03", count: 1 },
      { interfaceId: "eni-a", reason: "source-check", what: "the address 10.0.0.99", count: 2 },
    ]);
  });

  it("N25: a guest that tries to be many others pushes out the oldest of its own incidents, and none of a neighbour's", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    await b.send(udp("10.0.0.99:1", `${A}:1`));
    const claim = (i: number) => a.send(udp(`192.168.${i >> 8}.${i & 255}:1`, `${B}:1`));
    for (let i = 0; i < 300; i++) await claim(i);
    await claim(100);
    expect(lab.network.incidents("eni-b")).toMatchObject([{ what: "the address 10.0.0.99", count: 1 }]);
    const own = lab.network.incidents("eni-a").map(({ what, count }) => `${what} ${count}`);
    expect(own).toHaveLength(256);
    expect([own[0], own.at(-1)]).toEqual(["the address 192.168.0.44 1", "the address 192.168.0.100 2"]);
    expect(lab.network.incidents("eni-none")).toEqual([]);
  });

  it("N4: without SourceDestCheck an interface forwards for others; with it, it neither sends nor takes their packets", async () => {
    const natInstance = (sourceDestCheck: boolean): NetworkLabModel => ({
      ...twoSubnets,
      subnets: {
        "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 eni-b"] },
        "subnet-2": { vpc: "vpc-1", cidr: "10.0.1.0/24" },
      },
      interfaces: { ...twoSubnets.interfaces, "eni-b": { subnet: "subnet-1", ip: B, sourceDestCheck } },
    });
    const lab = new NetworkLab(natInstance(false));
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    await a.send(udp(`${A}:1`, "198.51.100.9:2"));
    expect(b.take().map(ends)).toEqual([`${A}:1 > 198.51.100.9:2`]);
    await b.send(udp("198.51.100.9:2", `${A}:1`));
    expect(a.take().map(ends)).toEqual([`198.51.100.9:2 > ${A}:1`]);

    lab.configure(natInstance(true));
    await a.send(udp(`${A}:1`, "198.51.100.9:2"));
    await b.send(udp("198.51.100.9:2", `${A}:1`));
    expect([...a.take(), ...b.take()]).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ "destination-check": 1 });
    expect(lab.drops("eni-b").in).toEqual({ "source-check": 1 });
  });

  it("N3: without SourceDestCheck, too, nobody is the router, the resolver or a link-local service", async () => {
    const lab = new NetworkLab({
      ...twoSubnets,
      interfaces: { ...twoSubnets.interfaces, "eni-b": { subnet: "subnet-1", ip: B, sourceDestCheck: false } },
    });
    const services = ["10.0.0.1", "10.0.1.1", "10.0.0.2", "169.254.169.254", "169.254.169.253", "169.254.1.1"];
    for (const address of services) await lab.card("eni-b").send(udp(`${address}:53`, `${A}:40000`));
    expect(lab.card("eni-a").take()).toEqual([]);
    expect(lab.drops("eni-b").in).toEqual({ "source-check": services.length });
    expect(lab.network.incidents("eni-b").map(({ what }) => what)).toContain("the address 169.254.169.254");
  });

  it("N5: the longest prefix decides, also over the VPC's own", async () => {
    const routes = ["0.0.0.0/0 blackhole", "198.51.0.0/16 eni-b", "198.51.100.0/24 blackhole", "10.0.1.0/24 eni-b"];
    const lab = new NetworkLab({
      ...twoSubnets,
      subnets: { ...twoSubnets.subnets, "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes } },
      interfaces: { ...twoSubnets.interfaces, "eni-b": { subnet: "subnet-1", ip: B, sourceDestCheck: false } },
    });
    const a = lab.card("eni-a");
    for (const to of ["198.51.1.1:1", "198.51.100.1:1", "8.8.8.8:1", `${C}:1`]) await a.send(udp(`${A}:1`, to));
    expect(lab.card("eni-b").take().map(ends)).toEqual([`${A}:1 > 198.51.1.1:1`, `${A}:1 > ${C}:1`]);
    expect(lab.card("eni-c").take()).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ blackhole: 2 });
  });

  it("N6: network ACLs are asked between subnets, in both directions, and not within one", async () => {
    const acl = ["100 allow in tcp 0.0.0.0/0", "100 allow out all 0.0.0.0/0"];
    const lab = new NetworkLab({
      ...twoSubnets,
      subnets: { ...twoSubnets.subnets, "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", acl } },
    });
    await lab.card("eni-a").send(udp(`${A}:1`, `${B}:1`));
    await lab.card("eni-a").send(udp(`${A}:1`, `${C}:1`));
    await lab.card("eni-c").send(udp(`${C}:1`, `${A}:1`));
    await lab.card("eni-c").send(tcp(`${C}:1`, `${A}:1`, "S"));
    expect(lab.card("eni-b").take()).toHaveLength(1);
    expect(lab.card("eni-c").take()).toHaveLength(1);
    expect(lab.card("eni-a").take().map(ends)).toEqual([`${C}:1 > ${A}:1`]);
    expect(lab.drops("eni-a").out).toEqual({ "network-acl": 1 });
  });

  it("F54: what a group does not allow does not arrive, and its sender hears nothing", async () => {
    const lab = new NetworkLab({
      ...twoSubnets,
      groups: { "sg-b": ["in tcp 22 0.0.0.0/0", "out all 0.0.0.0/0"], "sg-quiet": [] },
      interfaces: {
        "eni-a": { subnet: "subnet-1", ip: A },
        "eni-b": { subnet: "subnet-1", ip: B, groups: ["sg-b"] },
        "eni-c": { subnet: "subnet-2", ip: C, groups: ["sg-quiet"] },
      },
    });
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    await a.send(tcp(`${A}:4000`, `${B}:80`, "S"));
    await a.send(tcp(`${A}:4000`, `${B}:22`, "S"));
    await lab.card("eni-c").send(tcp(`${C}:4000`, `${B}:22`, "S"));
    expect(b.take().map(ends)).toEqual([`${A}:4000 > ${B}:22`]);
    expect(a.received).toEqual([]);
    expect(lab.drops("eni-b").out).toEqual({ "security-group": 1 });
    expect(lab.drops("eni-c").in).toEqual({ "security-group": 1 });
  });
});

describe("the router", () => {
  it("N7: answers a ping, whatever the groups say", async () => {
    const lab = new NetworkLab({
      ...twoSubnets,
      groups: { "sg-quiet": [] },
      interfaces: { "eni-a": { subnet: "subnet-1", ip: A, groups: ["sg-quiet"] } },
    });
    const a = lab.card("eni-a");
    await a.send(icmp(A, "10.0.0.1", ICMP.echoRequest));
    const [pong] = a.take();
    if (pong === undefined) throw new Error("no answer");
    expect([ends(pong), pong.icmpType, pong.icmpIdentifier]).toEqual([`10.0.0.1:0 > ${A}:0`, ICMP.echoReply, 7]);
    expectChecksums(pong);
  });

  it("N7: says that a packet's time is over, and of which packet", async () => {
    const lab = new NetworkLab(twoSubnets);
    const a = lab.card("eni-a");
    const packet = udp(`${A}:33434`, `${C}:33434`);
    packet.bytes[ETHERNET_HEADER + 8] = 1;
    await a.send(packet);
    const [error] = a.take();
    if (error === undefined) throw new Error("no answer");
    expect([formatAddress(error.source), error.icmpType, error.icmpCode]).toEqual(["10.0.0.1", ICMP.timeExceeded, 0]);
    expect(quotedIn(error)).toMatchObject({ sourcePort: 33434, destinationPort: 33434 });
    expectChecksums(error);
    expect(lab.card("eni-c").received).toEqual([]);
  });

  it("N7: says how long a packet may be that must not be cut", async () => {
    const lab = new NetworkLab(twoSubnets);
    const a = lab.card("eni-a");
    await a.send(udp(`${A}:1`, `${C}:1`, new Uint8Array(3000)));
    const [error] = a.take();
    if (error === undefined) throw new Error("no answer");
    expect([error.icmpType, error.icmpCode]).toEqual([ICMP.unreachable, 4]);
    expect([...error.bytes.subarray(error.segment + 4, error.segment + 8)]).toEqual([0, 0, 1500 >> 8, 1500 & 255]);
  });

  it("N7: says nothing about errors, nor of who is not there", async () => {
    const lab = new NetworkLab(twoSubnets);
    const a = lab.card("eni-a");
    const error = icmp(A, C, ICMP.unreachable);
    error.bytes[ETHERNET_HEADER + 8] = 1;
    await a.send(error);
    await a.send(udp(`${A}:1`, "10.0.1.99:1"));
    await a.send(udp(`${A}:1`, "8.8.8.8:1"));
    expect(a.received).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ ttl: 1, "no-host": 1, "no-route": 1 });
  });
});

describe("cards", () => {
  it("N22: a card that floods does not keep others from their turn, and the thread has others in between", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, b, c] = [lab.card("eni-a"), lab.card("eni-b"), lab.card("eni-c")];
    const router = await b.arp(0x0a000001);
    const { bytes } = udp(`${A}:1`, `${B}:1`, new Uint8Array(1400));
    putMac(bytes, 0, b.mac);
    putMac(bytes, 6, a.mac);
    for (let i = 0; i < 2000; i++) a.attached.receive({ bytes: bytes.slice() });
    const polite = udp(`${B}:1`, `${C}:1`).bytes;
    putMac(polite, 0, router ?? 0);
    putMac(polite, 6, b.mac);
    b.attached.receive({ bytes: polite });
    // The first slice: there is more to do after it, and the polite one has been served.
    await Promise.resolve();
    expect(b.received.length).toBeLessThan(1000);
    expect(c.take()).toHaveLength(1);
    await lab.settle();
    expect(b.received.length).toBe(2000);
    expect(a.consumed).toBe(2000);
    expect(b.flushes).toBeGreaterThan(1);
  });

  it("N23: what waits of one card has a bound", async () => {
    const lab = new NetworkLab(twoSubnets);
    const a = lab.card("eni-a");
    for (let i = 0; i < 20_000; i++) a.attached.receive({ bytes: new Uint8Array(14) });
    expect(lab.drops("eni-a").in).toEqual({ "queue-full": 20_000 - 16_384 });
    await lab.settle();
    expect(a.consumed).toBe(20_000);
  });

  it("N24: counters tell of frames, bytes and drops in both directions", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    const packet = udp(`${A}:1`, `${B}:1`);
    await a.send(packet);
    b.isFull = true;
    await a.send(packet);
    a.attached.refuse(60);
    expect(lab.network.counters("eni-a")).toEqual({
      framesIn: 5,
      bytesIn: 2 * 42 + 2 * packet.bytes.length + 60,
      framesOut: 2,
      bytesOut: 2 * 42,
      droppedIn: { "packet-header": 1 },
      droppedOut: {},
    });
    expect(lab.network.counters("eni-b")).toMatchObject({ framesOut: 1, droppedOut: { "no-room": 1 } });
    expect(lab.network.counters("eni-none")).toBeUndefined();
  });

  it("N26: a new model holds from the next frame on, and one that cannot be changes nothing", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    const broken = { ...lab.model, subnets: [] };
    expect(() => lab.network.configure(broken)).toThrow(expect.objectContaining({ code: "Network.InvalidModel" }));
    // All that was there goes on, also where it is the last thing in the model that cannot be.
    const closed = lab.model.securityGroups.map((group) => ({ ...group, rules: [] }));
    const entry = { ruleNumber: 1, egress: false, allow: true, protocol: -1, cidrBlock: "10.0.0/8" };
    const networkAcls = lab.model.networkAcls.map((acl) => ({ ...acl, entries: [entry] }));
    expect(() => lab.network.configure({ ...lab.model, securityGroups: closed, networkAcls })).toThrow(
      expect.objectContaining({ code: "Network.InvalidModel" }),
    );
    await a.send(udp(`${A}:1`, `${B}:1`));
    expect(b.take()).toHaveLength(1);
    const { "eni-b": _, ...left } = twoSubnets.interfaces;
    lab.configure({ ...twoSubnets, interfaces: left });
    expect(await a.send(udp(`${A}:1`, `${B}:1`))).toBe(false);
    await b.sendFrame(udp(`${B}:1`, `${A}:1`).bytes);
    expect(lab.drops("eni-b").in).toEqual({ "unknown-interface": 1 });
    b.attached.dispose();
    expect(lab.network.counters("eni-b")).toBeUndefined();
  });

  it("N27: without a card frames are dropped; another card takes the place of the first", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    const frames: number[] = [];
    lab.network.attach("eni-b", { deliver: ({ bytes }) => frames.push(bytes.length) > 0 });
    await a.send(udp(`${A}:1`, `${B}:1`));
    expect([b.received.length, frames.length]).toEqual([0, 1]);
    // The one before neither sends any more nor takes the new one away.
    await b.sendFrame(udp(`${B}:1`, `${A}:1`).bytes);
    b.attached.dispose();
    await a.send(udp(`${A}:1`, `${B}:1`));
    expect(frames.length).toBe(2);
    a.attached.dispose();
    await lab.card("eni-c").send(udp(`${C}:1`, `${A}:1`));
    expect(lab.drops("eni-a").out).toEqual({ "no-card": 1 });
  });

  it("N27: a tap sees frames as they come and as they go, until it is let go of", async () => {
    const lab = new NetworkLab(twoSubnets);
    const seen: string[] = [];
    const tap = lab.network.tap("eni-b", (direction, { bytes }) => seen.push(`${direction} ${bytes.length}`));
    await lab.card("eni-a").send(udp(`${A}:1`, `${B}:1`));
    await lab.card("eni-b").send(icmp(B, "10.0.0.1", ICMP.echoRequest));
    tap.dispose();
    await lab.card("eni-a").send(udp(`${A}:1`, `${B}:1`));
    expect(seen).toEqual(["out 46", "in 42", "out 42", "in 50", "out 50"]);
  });
});
