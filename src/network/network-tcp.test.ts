import { expect, it } from "vitest";
import { addressOf } from "../../test/support/filter-lab.ts";
import { networkModelOf } from "../../test/support/network-lab.ts";
import { systemClock } from "../base/clock.ts";
import { seededRandom } from "../base/random.ts";
import { ETHER_TYPE, etherType, putMac } from "./frames/ethernet.ts";
import type { Frame } from "./frames/frame.ts";
import { type ParsedPacket, parsePacket } from "./frames/parse.ts";
import { PAGE_ADDRESS } from "./model.ts";
import { Network } from "./network.ts";
import { TcpStack } from "./tcp/stack.ts";

const SIZE = 8 << 20;
const ROUTER = 0x06000a000001;

it("F53, F55: a client outside sends 8 MB to a guest's public address and gets them back; a closed port is silent", async () => {
  const model = networkModelOf({
    vpcs: { "vpc-1": { cidr: "10.0.0.0/16", gateway: "in" } },
    subnets: { "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] } },
    groups: { "sg-web": [`in tcp 80 ${PAGE_ADDRESS}/32`, "out all 0.0.0.0/0"] },
    interfaces: { "eni-a": { subnet: "subnet-1", ip: "10.0.0.10", publicIp: "198.51.100.10", groups: ["sg-web"] } },
  });
  const random = seededRandom(3);
  const outside = new TcpStack({ clock: systemClock, random, send: (frame) => network.receiveFromOutside(frame) });
  const network: Network = new Network({
    clock: systemClock,
    random,
    later: (work) => setTimeout(work),
    outside: { receive: (packet, offload) => outside.receive(packet, offload) },
  });
  network.configure(model);
  // A guest's kernel, with a card that takes what is not finished.
  let lengths = 0;
  const guest = new TcpStack({
    clock: systemClock,
    random,
    send: (frame) => {
      putMac(frame.bytes, 0, ROUTER);
      putMac(frame.bytes, 6, 0x020000000001);
      card.receive(frame);
    },
  });
  const card = network.attach("eni-a", {
    deliver: (frame: Frame) => {
      if (etherType(frame.bytes) !== ETHER_TYPE.ipv4) return true;
      lengths = Math.max(lengths, frame.bytes.length);
      const bytes = frame.bytes.slice();
      queueMicrotask(() => guest.receive(parsePacket({ bytes }) as ParsedPacket, frame.offload));
      return true;
    },
  });
  guest.listen({}, () => ({
    onConnection: (socket) => {
      socket.readable.pipeTo(socket.writable).catch(() => {});
    },
  }));
  const from = addressOf(PAGE_ADDRESS);
  const address = addressOf("198.51.100.10");
  const socket = await outside.connect({ from, to: { address, port: 80 } });
  const data = random.bytes(64 << 10);
  const writer = socket.writable.getWriter();
  const send = async () => {
    for (let at = 0; at < SIZE; at += data.length) await writer.write(data);
    await writer.close();
  };
  const receive = async () => {
    let at = 0;
    for await (const chunk of socket.readable) {
      for (let i = 0; i < chunk.length; i += 997) expect(chunk[i]).toBe(data[(at + i) % data.length]);
      at += chunk.length;
    }
    return at;
  };
  const [, received] = await Promise.all([send(), receive()]);
  expect(received).toBe(SIZE);
  // Frames of several segments, on their way through address translation and filters.
  expect(lengths).toBeGreaterThan(10_000);
  const closed = outside.connect({ from, to: { address, port: 22 }, timeoutMs: 50 });
  await expect(closed).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
  expect(network.counters("eni-a")?.droppedOut).toMatchObject({ "security-group": expect.any(Number) });
  outside.dispose();
  guest.dispose();
  network.dispose();
});
