import { expect } from "vitest";
import { type FuzzRandom, fuzz } from "../../test/fuzz/harness.ts";
import { addressOf, icmp, tcp, udp, unreachable } from "../../test/support/filter-lab.ts";
import { CARDS, checkReceived, FUZZ_MODEL, macsOf } from "../../test/support/network-fuzz.ts";
import { NetworkLab } from "../../test/support/network-lab.ts";
import { formatAddress } from "./addresses.ts";
import { arpFrame } from "./frames/arp.ts";
import { put16 } from "./frames/bytes.ts";
import { putIpv4Checksum } from "./frames/checksum.ts";
import { BROADCAST_MAC, putMac } from "./frames/ethernet.ts";
import type { Offload } from "./frames/frame.ts";
import type { ParsedPacket } from "./frames/parse.ts";
import { PAGE_ADDRESS } from "./model.ts";
import { addressData, nameData } from "./services/dns-message.ts";

const ADDRESSES = [
  ...["10.0.0.10", "10.0.0.20", "10.0.1.30", "10.0.1.40", "10.0.0.1", "10.0.0.2", "10.0.0.99", "10.0.1.77"],
  ...[
    "169.254.169.254",
    "169.254.169.253",
    "169.254.169.123",
    "192.168.1.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
  ],
  ...["198.51.100.10", "198.51.100.50", "198.51.100.99", "192.0.2.1", PAGE_ADDRESS],
];
const PORTS = [0, 22, 53, 67, 68, 80, 123, 4000, 65535];

/** Something that a guest might send, all of it well made. */
function packetOf(random: FuzzRandom, from: string): ParsedPacket {
  const to = random.pick(ADDRESSES);
  const ports = [`${from}:${random.pick(PORTS)}`, `${to}:${random.pick(PORTS)}`] as const;
  const length = random.pick([0, 1, 48, 300, 1472, 4000]);
  switch (random.int(5)) {
    case 0:
      return tcp(...ports, random.pick(["S", "SA", "A", "F", "R", "PA"]), random.bytes(length));
    case 1:
      return udp(...ports, random.bytes(length));
    case 2: {
      const question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...nameData("ip-10-0-0-20.ec2.internal"), 0, 1, 0, 1];
      return udp(`${from}:4000`, `${random.pick(["10.0.0.2", "169.254.169.253"])}:53`, Uint8Array.from(question));
    }
    case 3:
      return icmp(from, to, random.pick([0, 3, 8, 11, 13, 200]), random.int(16), random.int(65536));
    default:
      return unreachable(from, udp(...ports));
  }
}

/** Changes what it likes of a frame: single fields, stretches, its length. */
function spoil(random: FuzzRandom, bytes: Uint8Array): Uint8Array {
  const spoiled = bytes.slice();
  for (let changes = random.int(4); changes > 0; changes--) {
    const at = random.int(Math.min(spoiled.length, 74));
    if (random.chance(0.5)) spoiled[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.int(256)]);
    else spoiled.set(random.bytes(Math.min(random.between(1, 8), spoiled.length - at)), at);
  }
  // A header that is consistent in itself gets further.
  if (random.chance(0.5) && spoiled.length >= 34) putIpv4Checksum(spoiled, 14, 20);
  if (random.chance(0.2)) return spoiled.slice(0, random.int(spoiled.length + 1));
  if (random.chance(0.1)) return Uint8Array.from([...spoiled, ...random.bytes(random.int(100))]);
  return spoiled;
}

const offloadOf = (random: FuzzRandom): Offload => ({
  needsChecksum: random.chance(0.8),
  csumStart: random.pick([0, 14, 34, 38, 60, 65535]),
  csumOffset: random.pick([0, 2, 6, 16, 65535]),
  gsoType: random.pick(["none", "tcpv4"]),
  gsoSize: random.pick([0, 1, 31, 32, 536, 1448, 65535]),
  headerBytes: random.pick([0, 54, 66, 65535]),
});

/** A piece of a packet, or what says that it is one. */
function piece(random: FuzzRandom, packet: ParsedPacket): void {
  put16(packet.bytes, 18, random.int(4));
  put16(packet.bytes, 20, random.pick([0x2000, 0x2001, 0x0001, 0x20b9, 0x1fff, 0x3fff, 0x4000, 0x8000]));
  if (random.chance(0.9)) putIpv4Checksum(packet.bytes, 14, 20);
}

fuzz("N28: whatever cards and the world send", { runs: 4, steps: 1500 }, async ({ random, steps, log }) => {
  let pending: (() => void)[] = [];
  const lab = new NetworkLab(FUZZ_MODEL, {
    resolveOutside: (name) =>
      new Promise((resolve, reject) =>
        pending.push(() =>
          name.length % 3 === 0
            ? reject(new Error("no"))
            : resolve([{ type: 1, ttlSeconds: 1, data: addressData(name.length) }]),
        ),
      ),
  });
  const sent = new Map<string, number>(CARDS.map((id) => [id, 0]));
  const ownMacs = macsOf(lab);
  for (let step = 0; step < steps; step++) {
    const id = random.pick(CARDS);
    const card = lab.card(id);
    const isOwn = random.chance(0.8);
    const packet = packetOf(random, isOwn ? formatAddress(card.address) : random.pick(ADDRESSES));
    if (random.chance(0.1)) {
      log(`from outside: ${packet.protocol} to ${formatAddress(packet.destination)}`);
      lab.network.receiveFromOutside({ bytes: spoil(random, packet.bytes) });
    } else {
      if (random.chance(0.15)) piece(random, packet);
      putMac(
        packet.bytes,
        0,
        random.pick([0x06000a000001, 0x06000a000101, BROADCAST_MAC, lab.card(random.pick(CARDS)).mac]),
      );
      putMac(packet.bytes, 6, random.chance(0.95) ? card.mac : random.int(2 ** 31));
      let bytes = random.chance(0.4) ? packet.bytes : spoil(random, packet.bytes);
      if (random.chance(0.05)) {
        const fields = { operation: random.int(4), senderMac: card.mac, targetMac: 0 };
        const addresses = { senderAddress: card.address, targetAddress: addressOf(random.pick(ADDRESSES)) };
        bytes = spoil(random, arpFrame({ ...fields, ...addresses }, BROADCAST_MAC));
      }
      log(
        `${id}: ${[...bytes.subarray(0, 60)].map((byte) => byte.toString(16).padStart(2, "0")).join("")} (${bytes.length})`,
      );
      sent.set(id, (sent.get(id) ?? 0) + 1);
      card.attached.receive(random.chance(0.2) ? { bytes, offload: offloadOf(random) } : { bytes });
    }
    if (random.chance(0.02)) {
      const { "eni-b": _, ...without } = FUZZ_MODEL.interfaces;
      const nats = random.chance(0.5) ? FUZZ_MODEL.nats : {};
      lab.configure({
        ...FUZZ_MODEL,
        interfaces: random.chance(0.5) ? FUZZ_MODEL.interfaces : without,
        ...(nats && { nats }),
      });
    }
    if (random.chance(0.05)) lab.clock.sleep(random.int(100_000));
    if (random.chance(0.1)) {
      for (const answer of pending) answer();
      pending = [];
    }
    if (!random.chance(0.3)) continue;
    await lab.settle();
    for (const one of CARDS) checkReceived(lab, one, ownMacs);
    for (const out of lab.outside.splice(0)) {
      expect(["198.51.100.10", "198.51.100.50", "198.51.100.99"]).toContain(formatAddress(out.source));
      if (out.source === addressOf("198.51.100.50")) expect(formatAddress(out.destination)).toBe(PAGE_ADDRESS);
    }
    lab.services.splice(0);
  }
  await lab.settle();
  for (const answer of pending) answer();
  await new Promise((resolve) => setTimeout(resolve));
  for (const id of CARDS) {
    const { framesIn = 0 } = lab.network.counters(id) ?? {};
    expect([id, framesIn, lab.card(id).consumed]).toEqual([id, sent.get(id), sent.get(id)]);
  }
  for (const id of CARDS) expect(lab.network.incidents(id).length).toBeLessThanOrEqual(256);
  expect(lab.network.natSessions("nat-1")).toBeLessThanOrEqual(4096);
  lab.network.dispose();
  // Flow logs have timers of their own, which end with the network.
  expect(lab.clock.pendingTimers).toBe(0);
});
