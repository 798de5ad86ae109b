import { expect, it } from "vitest";
import { icmp, parsed, tcp, udp, unreachable } from "../../test/support/filter-lab.ts";
import { CARDS, checkReceived, FUZZ_MODEL, macsOf } from "../../test/support/network-fuzz.ts";
import { NetworkLab } from "../../test/support/network-lab.ts";
import { ARP_OPERATION, arpFrame } from "./frames/arp.ts";
import { put16 } from "./frames/bytes.ts";
import { putIpv4Checksum } from "./frames/checksum.ts";
import { BROADCAST_MAC, putMac } from "./frames/ethernet.ts";
import { putPartialChecksum } from "./frames/finish.ts";
import type { Offload } from "./frames/frame.ts";
import type { ParsedPacket } from "./frames/parse.ts";
import { PAGE_ADDRESS } from "./model.ts";
import { nameData } from "./services/dns-message.ts";

const A = "10.0.0.10";
const B = "10.0.0.20";
const C = "10.0.1.30";
const WORLD = "192.0.2.1";
const ROUTER_A = 0x06000a000001;
const ROUTER_C = 0x06000a000101;

interface Sample {
  readonly from: "eni-a" | "eni-c";
  /** The card of who gets it: the router's by default. */
  readonly to?: number;
  readonly bytes: Uint8Array;
  readonly offload?: Offload;
}

const PAYLOAD = new Uint8Array(3000).fill(0x55);

/** As a guest's driver leaves it. */
function segmented(packet: ParsedPacket): Pick<Sample, "bytes" | "offload"> {
  putPartialChecksum(packet);
  const offload = { needsChecksum: true, csumStart: 34, csumOffset: 16, headerBytes: 54 } as const;
  return { bytes: packet.bytes, offload: { ...offload, gsoType: "tcpv4", gsoSize: 1448 } };
}

function piece(fragment: number): Uint8Array {
  const { bytes } = udp(`${A}:4000`, `${C}:53`, PAYLOAD.subarray(0, 1472));
  put16(bytes, 20, fragment);
  putIpv4Checksum(bytes, 14, 20);
  return bytes;
}

function arp(): Uint8Array {
  const { address } = lab().card("eni-a");
  const fields = { operation: ARP_OPERATION.request, senderMac: 0x020000000001, targetMac: 0 };
  return arpFrame({ ...fields, senderAddress: address, targetAddress: 0x0a000014 }, BROADCAST_MAC);
}

function dhcp(): Uint8Array {
  const message = new Uint8Array(300);
  message.set([1, 1, 6, 0, 1, 2, 3, 4]);
  message.set([2, 0, 0, 0, 0, 1], 28);
  message.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 61, 3, 1, 2, 3, 55, 2, 1, 3, 255], 236);
  return udp("0.0.0.0:68", "255.255.255.255:67", message).bytes;
}

const QUESTION = Uint8Array.from([
  ...[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1],
  ...[...nameData("ip-10-0-0-20.ec2.internal"), 0, 1, 0, 1],
  ...[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0],
]);

/** One of each kind that takes a way of its own through the network. */
const samples = (): Readonly<Record<string, Sample>> => ({
  arp: { from: "eni-a", to: BROADCAST_MAC, bytes: arp() },
  dhcp: { from: "eni-a", to: BROADCAST_MAC, bytes: dhcp() },
  dns: { from: "eni-a", bytes: udp(`${A}:4000`, "10.0.0.2:53", QUESTION).bytes },
  "tcp to a neighbour": { from: "eni-a", to: lab().card("eni-b").mac, bytes: tcp(`${A}:4000`, `${B}:80`, "S").bytes },
  "tcp to the metadata service": { from: "eni-a", bytes: tcp(`${A}:4000`, "169.254.169.254:80", "S").bytes },
  "segments to another subnet": { from: "eni-a", ...segmented(tcp(`${A}:4000`, `${C}:80`, "PA", PAYLOAD)) },
  "segments to the page": { from: "eni-a", ...segmented(tcp(`${A}:4000`, `${PAGE_ADDRESS}:80`, "PA", PAYLOAD)) },
  "tcp by NAT": { from: "eni-c", bytes: tcp(`${C}:4000`, `${WORLD}:80`, "S", PAYLOAD.subarray(0, 1400)).bytes },
  "udp by NAT": { from: "eni-c", bytes: udp(`${C}:4000`, `${WORLD}:53`).bytes },
  "a ping by NAT": { from: "eni-c", bytes: icmp(C, WORLD, 8).bytes },
  "a ping to the router": { from: "eni-a", bytes: icmp(A, "10.0.0.1", 8).bytes },
  "an error": { from: "eni-a", bytes: unreachable(A, udp(`${C}:1`, `${A}:2`)).bytes },
  "a first piece": { from: "eni-a", bytes: piece(0x2000) },
  "a last piece": { from: "eni-a", bytes: piece(0x00b8) },
});

const lab = () => new NetworkLab(FUZZ_MODEL);

/** Beyond the longest header of each kind: what follows is payload. */
const HEADER_BYTES = 110;
const LENGTHS = [65_548, 65_549, 65_550, 70_000];

function* spoilt(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes.slice();
  for (let at = 0; at < Math.min(bytes.length, HEADER_BYTES); at++) {
    const was = bytes[at] as number;
    for (const value of new Set([0, 1, 0x0f, 0x7f, 0x80, 0xf0, 0xff, was ^ 1, was ^ 0x10])) {
      const changed = bytes.slice();
      changed[at] = value;
      yield changed;
      // With a checksum that is right again it gets further.
      if (at < 14 || at >= 34 || changed.length < 34) continue;
      const consistent = changed.slice();
      putIpv4Checksum(consistent, 14, 20);
      yield consistent;
    }
  }
  for (let length = 0; length < Math.min(bytes.length, HEADER_BYTES); length++) yield bytes.slice(0, length);
  for (const length of LENGTHS) {
    const longer = new Uint8Array(length);
    longer.set(bytes);
    yield longer;
    const whole = longer.slice();
    put16(whole, 16, Math.min(length - 14, 65_535));
    putIpv4Checksum(whole, 14, 20);
    yield whole;
  }
}

it.each(Object.keys(samples()))(
  "N28: %s, with each byte of its headers wrong, too short and too long",
  async (name) => {
    const sample = samples()[name];
    if (sample === undefined) throw new TypeError(name);
    const { from, to = from === "eni-a" ? ROUTER_A : ROUTER_C, bytes, offload } = sample;
    const network = lab();
    const macs = macsOf(network);
    const card = network.card(from);
    putMac(bytes, 0, to);
    putMac(bytes, 6, card.mac);
    let sent = 0;
    let received = 0;
    const look = async () => {
      await network.settle();
      received += CARDS.reduce((sum, id) => sum + network.card(id).received.length, 0);
      received += network.outside.length + network.services.splice(0).length;
      for (const id of CARDS) checkReceived(network, id, macs);
      for (const out of network.outside.splice(0)) expect(() => parsed(out.bytes)).not.toThrow();
    };
    for (const frame of spoilt(bytes)) {
      card.attached.receive({ bytes: frame });
      if (offload !== undefined) card.attached.receive({ bytes: frame.slice(), offload });
      sent += offload === undefined ? 1 : 2;
      if (sent % 16 === 0) await look();
    }
    await look();
    const { framesIn = 0 } = network.network.counters(from) ?? {};
    expect([framesIn, card.consumed]).toEqual([sent, sent]);
    expect(received).toBeGreaterThan(0);
    expect(network.network.incidents(from).length).toBeLessThanOrEqual(256);
    network.network.dispose();
    expect(network.clock.pendingTimers).toBe(0);
  },
);
