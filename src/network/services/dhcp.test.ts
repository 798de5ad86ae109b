import { describe, expect, it } from "vitest";
import { udp } from "../../../test/support/filter-lab.ts";
import { NetworkLab } from "../../../test/support/network-lab.ts";
import { formatAddress } from "../addresses.ts";
import { put32, u8, u32 } from "../frames/bytes.ts";
import { BROADCAST_MAC, destinationMac, macAt, putMac, sourceMac } from "../frames/ethernet.ts";
import { type ParsedPacket, parsePacket } from "../frames/parse.ts";
import { putUdpChecksum, udpFrame } from "../frames/udp.ts";
import { DHCP, DHCP_OPTION } from "./dhcp-message.ts";

const hex = (text: string) =>
  Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** What BusyBox's udhcpc 1.37 sends first, from the card 02:00:00:00:00:01. */
const DISCOVER = hex(
  `ffffffffffff 020000000001 0800
   4500 0148 0000 0000 40 11 79a6 00000000 ffffffff
   0044 0043 0134 941d
   01 01 06 00 3903f326 0000 0000 00000000 00000000 00000000 00000000 020000000001 ${"00".repeat(10 + 192)}
   63825363 350101 3d0701020000000001 39020240 37070103060c0f1c2a 3c0c756468637020312e33372e30 ff ${"00".repeat(20)}`,
);
const MESSAGE = 42;

const lab = () =>
  new NetworkLab({
    vpcs: { "vpc-1": { cidr: "10.0.0.0/16", region: "eu-west-1" } },
    subnets: { "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/20" } },
    interfaces: { "eni-a": { subnet: "subnet-1", ip: "10.0.0.10" }, "eni-b": { subnet: "subnet-1", ip: "10.0.0.20" } },
  });

/** The first message with another byte at `at`. */
function changed(at: number, byte: number): Uint8Array {
  const frame = DISCOVER.slice();
  frame[MESSAGE + at] = byte;
  putUdpChecksum(frame, 14, 34, frame.length);
  return frame;
}

/** udhcpc's next messages: of a type, with options more, perhaps from an address that it has. */
function message(type: number, { more = "", address = 0, destination = 0xffffffff } = {}): Uint8Array {
  const payload = DISCOVER.slice(MESSAGE);
  payload.set(hex(`35 01 0${type} ${more} ff`), 240);
  put32(payload, 12, address);
  const macs = { sourceMac: 0x020000000001, destinationMac: BROADCAST_MAC };
  return udpFrame({ ...macs, source: address, destination, sourcePort: 68, destinationPort: 67 }, payload);
}

/** The first message with other options, of any length. */
function changedOptions(options: string): Uint8Array {
  const payload = Uint8Array.from([...DISCOVER.subarray(MESSAGE, MESSAGE + 240), ...hex(options)]);
  const macs = { sourceMac: 0x020000000001, destinationMac: BROADCAST_MAC };
  return udpFrame({ ...macs, source: 0, destination: 0xffffffff, sourcePort: 68, destinationPort: 67 }, payload);
}

interface Reply {
  readonly packet: ParsedPacket;
  readonly yours: string;
  readonly options: Map<number, Uint8Array>;
}

async function exchange(network: NetworkLab, frame: Uint8Array): Promise<Reply | undefined> {
  const card = network.card("eni-a");
  await card.sendFrame(frame.slice());
  const [packet, another] = card.take();
  if (packet === undefined) return undefined;
  expect(another).toBeUndefined();
  expect([packet.sourcePort, packet.destinationPort]).toEqual([67, 68]);
  const { bytes, payload } = packet;
  expect([u8(bytes, payload), u32(bytes, payload + 4), macAt(bytes, payload + 28)]).toEqual([
    2, 0x3903f326, 0x020000000001,
  ]);
  const options = new Map<number, Uint8Array>();
  for (let at = payload + 240; bytes[at] !== 255; at += 2 + u8(bytes, at + 1))
    options.set(u8(bytes, at), bytes.slice(at + 2, at + 2 + u8(bytes, at + 1)));
  return { packet, yours: formatAddress(u32(bytes, payload + 16)), options };
}

const typeOf = (reply: Reply | undefined) => reply?.options.get(DHCP_OPTION.messageType)?.[0];
const address = (bytes: Uint8Array | undefined) => formatAddress(u32(bytes ?? new Uint8Array(4), 0));
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("DHCP", () => {
  it("N11, F52: offers the interface's own address, with EC2's settings", async () => {
    const reply = await exchange(lab(), DISCOVER);
    expect([typeOf(reply), reply?.yours]).toEqual([DHCP.offer, "10.0.0.10"]);
    const { options, packet } = reply as Reply;
    expect([formatAddress(packet.source), formatAddress(packet.destination)]).toEqual(["10.0.0.1", "10.0.0.10"]);
    expect(destinationMac(packet.bytes)).toBe(0x020000000001);
    expect(address(options.get(DHCP_OPTION.subnetMask))).toBe("255.255.240.0");
    expect(address(options.get(DHCP_OPTION.router))).toBe("10.0.0.1");
    expect(address(options.get(DHCP_OPTION.dnsServer))).toBe("10.0.0.2");
    expect(address(options.get(DHCP_OPTION.serverId))).toBe("10.0.0.1");
    expect(address(options.get(DHCP_OPTION.ntpServer))).toBe("169.254.169.123");
    expect(text(options.get(DHCP_OPTION.hostName))).toBe("ip-10-0-0-10");
    expect(text(options.get(DHCP_OPTION.domainName))).toBe("eu-west-1.compute.internal");
    expect([...(options.get(DHCP_OPTION.interfaceMtu) ?? [])]).toEqual([1500 >> 8, 1500 & 255]);
    expect([...(options.get(DHCP_OPTION.leaseTime) ?? [])]).toEqual([0, 0, 3600 >> 8, 3600 & 255]);
  });

  it("N11: acknowledges what was offered, renews it, tells what was asked by INFORM, and takes a release", async () => {
    const network = lab();
    const asked = await exchange(network, message(DHCP.request, { more: "3204 0a00000a 3604 0a000001" }));
    expect([typeOf(asked), asked?.yours]).toEqual([DHCP.ack, "10.0.0.10"]);
    const renewed = await exchange(network, message(DHCP.request, { address: 0x0a00000a, destination: 0x0a000001 }));
    expect([typeOf(renewed), renewed?.yours]).toEqual([DHCP.ack, "10.0.0.10"]);
    const informed = await exchange(network, message(DHCP.inform, { address: 0x0a00000a }));
    expect([typeOf(informed), informed?.yours, informed?.options.has(DHCP_OPTION.leaseTime)]).toEqual([
      DHCP.ack,
      "0.0.0.0",
      false,
    ]);
    expect(formatAddress(informed?.packet.destination ?? 0)).toBe("10.0.0.10");
    expect(
      await exchange(network, message(DHCP.release, { address: 0x0a00000a, destination: 0x0a000001 })),
    ).toBeUndefined();
    // Another server's offer was chosen: that is not ours to answer.
    expect(await exchange(network, message(DHCP.request, { more: "3204 0a00000a 3604 0a0000fe" }))).toBeUndefined();
    expect(network.drops("eni-a").in).toEqual({});
  });

  it("N11: says a client's identifier again, as it must since RFC 6842", async () => {
    const network = lab();
    const id = "3d 07 01020000000001";
    const answers = [
      await exchange(network, message(DHCP.discover, { more: id })),
      await exchange(network, message(DHCP.request, { more: `3204 0a00000a ${id}` })),
      await exchange(network, message(DHCP.request, { more: `3204 0a000014 ${id}` })),
      await exchange(network, message(DHCP.inform, { address: 0x0a00000a, more: id })),
    ];
    expect(answers.map(typeOf)).toEqual([DHCP.offer, DHCP.ack, DHCP.nak, DHCP.ack]);
    for (const answer of answers)
      expect([...(answer?.options.get(DHCP_OPTION.clientId) ?? [])]).toEqual([1, 2, 0, 0, 0, 0, 1]);
    const without = await exchange(network, message(DHCP.discover));
    expect(without?.options.has(DHCP_OPTION.clientId)).toBe(false);
    // The longest that there can be.
    const long = await exchange(network, changedOptions(`3501 01 3dff ${"ab".repeat(255)} ff`));
    expect(long?.options.get(DHCP_OPTION.clientId)).toHaveLength(255);
  });

  it("N11: broadcasts its answer to who has asked for that, to its card alone", async () => {
    const network = lab();
    const reply = await exchange(network, changed(10, 0x80));
    expect([reply?.packet.destination, destinationMac(reply?.packet.bytes ?? DISCOVER)]).toEqual([
      0xffffffff,
      BROADCAST_MAC,
    ]);
    expect(network.card("eni-b").received).toEqual([]);
  });

  it("N12: who wants an address that is not its own is told no, and that is logged", async () => {
    const network = lab();
    const reply = await exchange(network, message(DHCP.request, { more: "3204 0a000014" }));
    expect([typeOf(reply), reply?.yours]).toEqual([DHCP.nak, "0.0.0.0"]);
    expect(destinationMac(reply?.packet.bytes ?? DISCOVER)).toBe(BROADCAST_MAC);
    expect(network.drops("eni-a").in).toEqual({ "dhcp-foreign-address": 1 });
    expect(network.network.incidents("eni-a")).toMatchObject([
      { interfaceId: "eni-a", reason: "dhcp-foreign-address", what: "the address 10.0.0.20" },
    ]);
  });

  it("N12: a message for another card, by a relay, or from another address is not answered", async () => {
    const network = lab();
    for (const frame of [changed(33, 2), changed(27, 9), message(DHCP.request, { address: 0x0a000014 })])
      expect(await exchange(network, frame)).toBeUndefined();
    expect(network.drops("eni-a").in).toEqual({ "dhcp-spoofed": 2, "source-check": 1 });
    expect(network.network.incidents("eni-a").map(({ what }) => what)).toEqual([
      "a request for the card 02:00:00:00:00:02",
      "a request by a relay",
      "the address 10.0.0.20",
    ]);
  });

  it("N12: no guest is another's DHCP server", async () => {
    const network = lab();
    const [a, b] = [network.card("eni-a"), network.card("eni-b")];
    const { bytes } = udp("10.0.0.10:67", "255.255.255.255:68", DISCOVER.slice(MESSAGE));
    putMac(bytes, 0, BROADCAST_MAC);
    putMac(bytes, 6, a.mac);
    await a.sendFrame(bytes);
    expect(b.received).toEqual([]);
    expect(network.drops("eni-a").in).toEqual({ multicast: 1 });
  });

  it("N12, N28: what is no DHCP, or is cut anywhere, is not answered", async () => {
    const network = lab();
    const corrupt = DISCOVER.slice();
    corrupt[MESSAGE + 5] = 0;
    // BOOTP has no type; a message of another protocol has no magic cookie.
    for (const frame of [changed(240, 0), changed(239, 0), corrupt])
      expect(await exchange(network, frame)).toBeUndefined();
    for (let length = 0; length < DISCOVER.length; length += 7) {
      await network.card("eni-a").sendFrame(DISCOVER.slice(0, length));
      expect(network.card("eni-a").received).toEqual([]);
    }
    // Cut within options, with lengths that say so: what is whole counts.
    for (let length = 240; length < 300; length++) {
      const macs = { sourceMac: 0x020000000001, destinationMac: BROADCAST_MAC };
      const fields = { ...macs, source: 0, destination: 0xffffffff, sourcePort: 68, destinationPort: 67 };
      const reply = await exchange(network, udpFrame(fields, DISCOVER.slice(MESSAGE, MESSAGE + length)));
      expect(typeOf(reply)).toBe(length < 243 ? undefined : DHCP.offer);
    }
    const packet = parsePacket({ bytes: DISCOVER });
    expect([packet.malformed, sourceMac(DISCOVER)]).toEqual([undefined, 0x020000000001]);
  });
});
