import { describe, expect, it } from "vitest";
import { tcp, udp } from "../../test/support/filter-lab.ts";
import { NetworkLab, type NetworkLabModel } from "../../test/support/network-lab.ts";
import { u16 } from "./frames/bytes.ts";
import { ipv4ChecksumHolds, putIpv4Checksum, sumOf } from "./frames/checksum.ts";
import { ETHERNET_HEADER, putMac } from "./frames/ethernet.ts";
import { icmpFrame } from "./frames/icmp.ts";
import { FRAGMENT } from "./frames/ipv4.ts";

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

describe("pieces and offloads", () => {
  /** A ping of `length` bytes as a guest sends it: in pieces of at most 1480. */
  function pieces(length: number, destination = 0x0a00011e): Uint8Array[] {
    const fields = { source: 0x0a00000a, destination, type: 8, code: 0, fragment: 0, identification: 77 };
    const whole = icmpFrame(
      fields,
      Uint8Array.from({ length }, (_, at) => at & 255),
    );
    const cut: Uint8Array[] = [];
    for (let at = 34; at < whole.length; at += 1480) {
      const to = Math.min(at + 1480, whole.length);
      const piece = new Uint8Array(34 + to - at);
      piece.set(whole.subarray(0, 34));
      piece.set(whole.subarray(at, to), 34);
      const view = new DataView(piece.buffer);
      view.setUint16(16, piece.length - 14);
      view.setUint16(20, (to < whole.length ? FRAGMENT.more : 0) | ((at - 34) / 8));
      putIpv4Checksum(piece, ETHERNET_HEADER, 20);
      cut.push(piece);
    }
    return cut;
  }

  it("N8: a packet in pieces is put together, filtered as a whole, and comes in pieces", async () => {
    const lab = new NetworkLab({
      ...twoSubnets,
      groups: { "sg-ping": ["in icmp 8/0 0.0.0.0/0"] },
      interfaces: { ...twoSubnets.interfaces, "eni-c": { subnet: "subnet-2", ip: C, groups: ["sg-ping"] } },
    });
    const [a, c] = [lab.card("eni-a"), lab.card("eni-c")];
    const router = await a.arp(0x0a000001);
    // In any order.
    for (const piece of pieces(4000).reverse()) {
      putMac(piece, 0, router ?? 0);
      putMac(piece, 6, a.mac);
      await a.sendFrame(piece);
    }
    const came = c.received.map(({ bytes }) => ({
      length: bytes.length,
      at: (bytes[20] as number) * 256 + (bytes[21] as number),
    }));
    expect(came.map(({ length }) => length)).toEqual([1514, 1514, 34 + 4008 - 2960]);
    expect(came.map(({ at }) => at)).toEqual([FRAGMENT.more, FRAGMENT.more | 185, 370]);
    const payload = c.received.flatMap(({ bytes }) => [...bytes.subarray(34)]);
    expect(payload.slice(8)).toEqual(Array.from({ length: 4000 }, (_, at) => at & 255));
    expect(sumOf(Uint8Array.from(payload), 0, payload.length)).toBe(0xffff);
  });

  it("N8: the router's answer to a large ping comes in pieces, too", async () => {
    const lab = new NetworkLab(twoSubnets);
    const a = lab.card("eni-a");
    const router = await a.arp(0x0a000001);
    for (const piece of pieces(4000, 0x0a000001)) {
      putMac(piece, 0, router ?? 0);
      putMac(piece, 6, a.mac);
      await a.sendFrame(piece);
    }
    const answers = a.take();
    expect(answers.map(({ start, end }) => end - start)).toEqual([1500, 1500, 20 + 4008 - 2960]);
    // The question's own number: pieces of two answers are not taken for one's.
    expect(new Set(answers.map(({ bytes }) => u16(bytes, 18)))).toEqual(new Set([77]));
    for (const { bytes, start } of answers) expect(ipv4ChecksumHolds(bytes, start, 20)).toBe(true);
    const payload = answers.flatMap(({ bytes, segment, end }) => [...bytes.subarray(segment, end)]);
    expect(payload.slice(8)).toEqual(Array.from({ length: 4000 }, (_, at) => at & 255));
  });

  it("N8: a piece whose header is spoilt is none, and what waits of another card is forgotten", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, c] = [lab.card("eni-a"), lab.card("eni-c")];
    const router = await a.arp(0x0a000001);
    const [first, middle, last] = pieces(4000).map((piece) => {
      putMac(piece, 0, router ?? 0);
      putMac(piece, 6, a.mac);
      return piece;
    });
    if (first === undefined || middle === undefined || last === undefined) throw new Error("three pieces");
    const spoilt = first.slice();
    spoilt[22] = 3;
    for (const piece of [spoilt, middle, last]) await a.sendFrame(piece);
    expect(lab.drops("eni-a").in).toEqual({ "ip-header": 1 });
    lab.network.attach("eni-a", { deliver: () => true }).receive({ bytes: first });
    await lab.settle();
    expect(c.received).toEqual([]);
  });

  it("N8: pieces that overlap, or that are too many, come to nothing and are forgotten", async () => {
    const lab = new NetworkLab(twoSubnets);
    const [a, c] = [lab.card("eni-a"), lab.card("eni-c")];
    const router = await a.arp(0x0a000001);
    const [first, , last] = pieces(4000);
    for (const piece of [first, first, last, last]) {
      if (piece === undefined) throw new Error("three pieces");
      const bytes = piece.slice();
      putMac(bytes, 0, router ?? 0);
      putMac(bytes, 6, a.mac);
      await a.sendFrame(bytes);
    }
    expect(c.received).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ reassembly: 2 });
  });

  const tso = {
    needsChecksum: true,
    csumStart: 34,
    csumOffset: 16,
    gsoType: "tcpv4",
    gsoSize: 1448,
    headerBytes: 54,
  } as const;

  it("N9: a frame that is several segments goes as it is, also through the router", async () => {
    const lab = new NetworkLab(twoSubnets);
    await lab.card("eni-a").send(tcp(`${A}:1`, `${C}:1`, "S"));
    await lab.card("eni-a").send(tcp(`${A}:1`, `${C}:1`, "PA", new Uint8Array(60_000)), tso);
    const [, frame] = lab.card("eni-c").received;
    expect(frame?.bytes.length).toBe(54 + 60_000);
    expect(frame?.offload).toEqual(tso);
  });

  it("N9: what cannot be done of what is left to others is dropped", async () => {
    const lab = new NetworkLab(twoSubnets);
    const a = lab.card("eni-a");
    const packet = tcp(`${A}:1`, `${C}:1`, "S", new Uint8Array(3000));
    for (const wrong of [
      { csumStart: 14 },
      { csumOffset: 6 },
      { gsoSize: 0 },
      { gsoSize: 1 },
      { needsChecksum: false },
    ])
      await a.send(packet, { ...tso, ...wrong });
    await a.send(udp(`${A}:1`, `${C}:1`, new Uint8Array(3000)), tso);
    expect(lab.card("eni-c").received).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ offload: 6 });
    // Segments that would be too long themselves.
    await a.send(packet, { ...tso, gsoSize: 3000 });
    expect(lab.drops("eni-a").in).toEqual({ offload: 6, "fragmentation-needed": 1 });
  });
});
