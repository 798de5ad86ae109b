import { expect, test, vi } from "vitest";
import { LEFT, RIGHT, readPattern, SimulatedTime, TcpLab, writePattern } from "../../../test/support/tcp-lab.ts";
import { ACK, FIN, PSH, RST, SYN } from "../../../test/support/tcp-wire.ts";
import { seededRandom } from "../../base/random.ts";
import { put16 } from "../frames/bytes.ts";
import type { Frame, Offload } from "../frames/frame.ts";
import { parsePacket } from "../frames/parse.ts";
import { tcpFrame } from "../frames/tcp.ts";
import { synOptions } from "./segment.ts";
import type { TcpSocket } from "./socket.ts";
import { TcpStack } from "./stack.ts";

// Much work, and on a busy machine slow: nothing here is about real time.
vi.setConfig({ testTimeout: 60_000 });

const isFull = Boolean(process.env.TABVISOR_FULL);
const UNFINISHED: Offload = {
  needsChecksum: true,
  csumStart: 34,
  csumOffset: 16,
  gsoType: "tcpv4",
  gsoSize: 1448,
  headerBytes: 54,
};

/** Numbers at the edges of what a header can say, near what the stack has last said, or any. */
function someNumber(random: ReturnType<typeof seededRandom>, near: number): number {
  const edges = [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
  if (random.int(3) === 0) return edges[random.int(edges.length)] as number;
  return (near + random.int(200_000) - 100_000 * random.int(2)) >>> 0;
}

for (const seed of isFull ? Array.from({ length: 40 }, (_, i) => i) : [0, 1, 2]) {
  test(`T9: whatever headers say, nothing throws, memory is bounded, and no packet is answered by many (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const time = new SimulatedTime();
    const sent: Frame[] = [];
    const stack = new TcpStack({ clock: time, random, send: (frame) => sent.push(frame), maxConnections: 10 });
    const sockets: TcpSocket[] = [];
    stack.listen({ port: 80 }, () => ({ onConnection: (socket) => sockets.push(socket) }));
    // What each peer would say next, so that most packets get far.
    const peers = new Map<number, { near: number; acknowledges: number }>();
    for (let i = 0; i < 2000; i++) {
      const sourcePort = 1000 + random.int(12);
      const { near, acknowledges } = peers.get(sourcePort) ?? { near: 0, acknowledges: 0 };
      const flags = [SYN, ACK, ACK, ACK | PSH, ACK | PSH, ACK | FIN, RST | ACK, SYN | ACK, random.int(256)];
      const bytes = tcpFrame(
        {
          source: LEFT,
          destination: RIGHT,
          sourcePort,
          destinationPort: random.int(20) === 0 ? random.int(65536) : 80,
          sequence: random.int(2) === 0 ? near : someNumber(random, near),
          acknowledgment: random.int(2) === 0 ? acknowledges : someNumber(random, acknowledges),
          flags: flags[random.int(flags.length)] as number,
          window: random.int(3) === 0 ? 0 : random.int(65536),
          options:
            random.int(2) === 0 ? random.bytes(4 * random.int(11)) : synOptions(random.int(65536), random.int(20)),
        },
        random.bytes(random.int(4) === 0 ? random.int(9000) : random.int(20)),
      );
      for (let changes = random.int(3); changes > 0; changes--) bytes[14 + random.int(60)] = random.int(256);
      if (random.int(10) === 0) put16(bytes, 16, random.int(bytes.length));
      const packet = parsePacket({
        bytes: bytes.subarray(0, random.int(10) === 0 ? random.int(bytes.length) : undefined),
      });
      if (packet.malformed !== undefined) continue;
      const before = sent.length;
      stack.receive(packet, UNFINISHED);
      expect(sent.length - before).toBeLessThanOrEqual(40);
      const last = sent.at(-1);
      if (last !== undefined) {
        const answer = parsePacket(last);
        if (answer.malformed !== undefined) throw new Error("the stack has sent no packet");
        const view = new DataView(last.bytes.buffer);
        const next = (view.getUint32(38) + ((answer.tcpFlags & SYN) !== 0 ? 1 : 0)) >>> 0;
        peers.set(answer.destinationPort, { near: view.getUint32(42), acknowledges: next });
      }
      if (random.int(50) === 0) await time.pass(random.int(2000));
      if (random.int(20) === 0)
        void sockets
          .at(random.int(sockets.length))
          ?.writable.close()
          .catch(() => undefined);
      sent.splice(0, sent.length - 1);
      expect(stack.size).toBeLessThanOrEqual(10);
    }
    expect(sockets.length).toBeGreaterThan(5);
    await time.pass(3_600_000);
    expect(stack.size).toBe(0);
    expect(time.pendingTimers).toBe(0);
  });
}

test("T6: who knows the ports but not the numbers changes nothing", async () => {
  const lab = new TcpLab(5, { delayMs: 1 });
  const [left, right] = await lab.connect();
  const random = seededRandom(9);
  const attack = () => {
    for (let i = 0; i < 10; i++) {
      const flags = [ACK | PSH, RST, RST | ACK, SYN, FIN | ACK][random.int(5)] as number;
      const bytes = tcpFrame(
        {
          source: LEFT,
          destination: RIGHT,
          sourcePort: left.local.port,
          destinationPort: 80,
          sequence: random.int(2 ** 32),
          acknowledgment: random.int(2 ** 32),
          flags,
        },
        random.bytes(flags === (ACK | PSH) ? 100 : 0),
      );
      const packet = parsePacket({ bytes });
      if (packet.malformed === undefined) lab.right.receive(packet);
    }
    if (lab.left.size > 0) lab.time.setTimer(1, attack);
  };
  attack();
  const done = Promise.all([writePattern(left, 1_000_000), readPattern(right)]);
  expect((await lab.time.until(done))[1]).toBe(1_000_000);
  await lab.time.until(right.writable.close());
  await lab.time.until(Promise.all([left.readable.cancel(), left.closed]));
});
