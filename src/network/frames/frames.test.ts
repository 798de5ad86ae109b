import { describe, expect, it } from "vitest";
import { icmp, parsed, tcp, udp } from "../../../test/support/filter-lab.ts";
import { put16, u16, u32 } from "./bytes.ts";
import { ipv4ChecksumHolds, segmentSum, updated, updated32 } from "./checksum.ts";
import { formatMac, macAt, parseMac, putMac } from "./ethernet.ts";
import { finish, putPartialChecksum } from "./finish.ts";
import type { Offload } from "./frame.ts";
import { ICMP } from "./icmp.ts";
import { type ParsedPacket, parseIpv4, parsePacket } from "./parse.ts";
import { decrementTtl, rewrite } from "./rewrite.ts";
import { TCP_FLAG } from "./tcp.ts";
import { checksumsHold } from "./verify.ts";

const hex = (text: string) =>
  Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** A header that is often shown, with its checksum b861. */
const UDP_IN_IP = hex("0600 0a00 0001 0200 0000 0001 0800 4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7");

const tso: Offload = {
  needsChecksum: true,
  csumStart: 34,
  csumOffset: 16,
  gsoType: "tcpv4",
  gsoSize: 1000,
  headerBytes: 54,
};

/** As a guest's driver leaves it. */
function unfinished(packet: ParsedPacket): ParsedPacket {
  putPartialChecksum(packet);
  return packet;
}

describe("checksums", () => {
  it("are the Internet's (RFC 1071), and are brought up to date by what has changed (RFC 1624)", () => {
    expect(ipv4ChecksumHolds(UDP_IN_IP, 14, 20)).toBe(true);
    const changed = UDP_IN_IP.slice();
    put16(changed, 24, updated(u16(changed, 24), u16(changed, 22), 0x3f11));
    put16(changed, 22, 0x3f11);
    expect(ipv4ChecksumHolds(changed, 14, 20)).toBe(true);
    put16(changed, 24, updated32(u16(changed, 24), u32(changed, 26), 0x0a00000a));
    put16(changed, 26, 0x0a00);
    put16(changed, 28, 0x000a);
    expect(ipv4ChecksumHolds(changed, 14, 20)).toBe(true);
    // RFC 1624's own example: 0x5555 becomes 0x3285, which the older formula got wrong.
    expect(updated(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  it("hold after addresses, ports and time to live have changed", () => {
    const odd = new Uint8Array(5).fill(0xab);
    for (const make of [
      () => tcp("10.0.0.1:1", "10.0.0.2:2", "S", odd),
      () => udp("10.0.0.1:1", "10.0.0.2:2", odd),
      () => icmp("10.0.0.1", "10.0.0.2", ICMP.echoRequest),
    ]) {
      for (const side of ["source", "destination"] as const) {
        const packet = rewrite(make(), side, { address: 0xc6336401, port: 65535 }, undefined);
        decrementTtl(packet);
        expect(checksumsHold(packet, undefined)).toBe(true);
        const again = parsed(packet.bytes);
        expect([again[side], again.ttl]).toEqual([0xc6336401, 63]);
        expect({ ...packet, ttl: 63 }).toEqual(again);
        packet.bytes[packet.end - 1] = (packet.bytes[packet.end - 1] as number) ^ 0xff;
        expect(again.protocol === 6 || !checksumsHold(packet, undefined)).toBe(true);
      }
    }
  });

  it("of UDP stay away where there was none, and are never 0 where there is one", () => {
    const none = udp("10.0.0.1:1", "10.0.0.2:2");
    put16(none.bytes, 40, 0);
    expect(u16(rewrite(none, "source", { address: 1 }, undefined).bytes, 40)).toBe(0);
    // Among all ports there is one with which the sum is what makes a checksum of 0.
    for (let port = 0; port < 65536; port++) {
      const { bytes } = rewrite(udp("10.0.0.1:1", "10.0.0.2:2"), "source", { address: 0x0a000001, port }, undefined);
      if (u16(bytes, 40) === 0) throw new Error(`port ${port}: no checksum`);
    }
  });
});

describe("finish", () => {
  it("N9: gives what is finished as it is", () => {
    const { bytes } = udp("10.0.0.1:1", "10.0.0.2:2");
    expect(finish({ bytes })[0]).toBe(bytes);
    const offload = { ...tso, needsChecksum: false, gsoType: "none", gsoSize: 0 } as const;
    expect(finish({ bytes, offload })[0]).toBe(bytes);
  });

  it("N9: makes the checksum, in a copy", () => {
    for (const [packet, csumOffset] of [
      [unfinished(udp("10.0.0.1:1", "10.0.0.2:2")), 6],
      [unfinished(tcp("10.0.0.1:1", "10.0.0.2:2", "S")), 16],
    ] as const) {
      const before = packet.bytes.slice();
      const [bytes, another] = finish({
        bytes: packet.bytes,
        offload: { ...tso, csumOffset, gsoType: "none", gsoSize: 0 },
      });
      expect(another).toBeUndefined();
      expect(packet.bytes).toEqual(before);
      expect(checksumsHold(parsed(bytes ?? before), undefined)).toBe(true);
      expect(segmentSum(bytes ?? before, 14, 34, before.length)).toBe(0xffff);
    }
  });

  it("N9: cuts segments, with numbers that count on and flags where they belong", () => {
    const payload = Uint8Array.from({ length: 2500 }, (_, at) => at & 255);
    const packet = unfinished(tcp("10.0.0.1:1", "10.0.0.2:2", "FPA", payload));
    packet.bytes[47] = (packet.bytes[47] as number) | TCP_FLAG.cwr;
    const segments = finish({ bytes: packet.bytes, offload: tso }).map(parsed);
    expect(segments.map(({ payload: from, end }) => end - from)).toEqual([1000, 1000, 500]);
    expect(segments.map(({ bytes }) => u32(bytes, 38))).toEqual([1, 1001, 2001]);
    expect(segments.map(({ bytes }) => u16(bytes, 18))).toEqual([0, 1, 2]);
    const { ack, cwr, fin, psh } = TCP_FLAG;
    expect(segments.map(({ tcpFlags }) => tcpFlags)).toEqual([ack | cwr, ack, ack | fin | psh]);
    expect(segments.flatMap(({ bytes, payload: from, end }) => [...bytes.subarray(from, end)])).toEqual([...payload]);
    for (const one of segments) {
      expect(checksumsHold(one, undefined)).toBe(true);
      expect(segmentSum(one.bytes, one.start, one.segment, one.end)).toBe(0xffff);
    }
  });
});

describe("parsePacket", () => {
  it("reads a packet where it lies", () => {
    const packet = tcp("10.0.0.1:40000", "200.0.0.2:22", "SA", new Uint8Array(9));
    const padded = Uint8Array.from([...packet.bytes, 0, 0, 0]);
    expect(parsePacket({ bytes: padded })).toEqual({
      malformed: undefined,
      bytes: padded,
      start: 14,
      segment: 34,
      payload: 54,
      end: 63,
      source: 0x0a000001,
      destination: 0xc8000002,
      protocol: 6,
      ttl: 64,
      fragment: 0x4000,
      sourcePort: 40000,
      destinationPort: 22,
      tcpFlags: 18,
      icmpType: 0,
      icmpCode: 0,
      icmpIdentifier: 0,
    });
  });

  it("N28: names what is wrong with one", () => {
    const wrong = (packet: ParsedPacket, at: number, ...bytes: number[]) => {
      packet.bytes.set(bytes, at);
      return parsePacket({ bytes: packet.bytes }).malformed;
    };
    const udpPacket = () => udp("10.0.0.1:1", "10.0.0.2:2");
    const tcpPacket = () => tcp("10.0.0.1:1", "10.0.0.2:2", "S");
    expect(parsePacket({ bytes: new Uint8Array(13) }).malformed).toBe("truncated");
    expect(parsePacket({ bytes: udpPacket().bytes.subarray(0, 33) }).malformed).toBe("truncated");
    expect(parseIpv4(new Uint8Array(0), 0).malformed).toBe("truncated");
    expect(wrong(udpPacket(), 12, 0x86, 0xdd)).toBe("not-ipv4");
    expect(wrong(udpPacket(), 14, 0x65)).toBe("ip-header");
    expect(wrong(udpPacket(), 14, 0x44)).toBe("ip-header");
    expect(wrong(udpPacket(), 14, 0x4f)).toBe("ip-length");
    expect(wrong(udpPacket(), 16, 0, 19)).toBe("ip-length");
    expect(wrong(udpPacket(), 16, 0, 33)).toBe("ip-length");
    expect(wrong(udpPacket(), 20, 0x1f, 0xff)).toBe("fragment");
    expect(wrong(udpPacket(), 38, 0, 7)).toBe("udp-header");
    expect(wrong(udpPacket(), 38, 0, 13)).toBe("udp-header");
    expect(wrong(udpPacket(), 16, 0, 27)).toBe("udp-header");
    expect(wrong(tcpPacket(), 16, 0, 39)).toBe("tcp-header");
    expect(wrong(tcpPacket(), 46, 0x40)).toBe("tcp-header");
    expect(wrong(tcpPacket(), 46, 0x60)).toBe("tcp-header");
    expect(wrong(icmp("10.0.0.1", "10.0.0.2", 8), 16, 0, 27)).toBe("icmp-header");
  });
});

it("MAC addresses are numbers of 48 bits", () => {
  const bytes = new Uint8Array(6);
  putMac(bytes, 0, 0xfe0102030405);
  expect([...bytes]).toEqual([0xfe, 1, 2, 3, 4, 5]);
  expect(macAt(bytes, 0)).toBe(0xfe0102030405);
  expect([parseMac("02:00:0a:0B:00:01"), parseMac("02:00:0a:0b:00"), parseMac("")]).toEqual([
    0x02000a0b0001,
    undefined,
    undefined,
  ]);
  expect(formatMac(0x02000a0b0001)).toBe("02:00:0a:0b:00:01");
});
