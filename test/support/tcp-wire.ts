import { seededRandom } from "../../src/base/random.ts";
import { finish } from "../../src/network/frames/finish.ts";
import type { Frame } from "../../src/network/frames/frame.ts";
import { parsePacket } from "../../src/network/frames/parse.ts";
import { TCP_FLAG, type TcpFields, tcpFrame } from "../../src/network/frames/tcp.ts";
import { readSegment, synOptions, type TcpSegment } from "../../src/network/tcp/segment.ts";
import type { TcpSocket } from "../../src/network/tcp/socket.ts";
import type { AcceptedConnection } from "../../src/network/tcp/stack.ts";
import { TcpStack, type TcpStackOptions } from "../../src/network/tcp/stack.ts";
import { LEFT, RIGHT, SimulatedTime } from "./tcp-lab.ts";

export const { syn: SYN, ack: ACK, fin: FIN, rst: RST, psh: PSH } = TCP_FLAG;

export type Said = Partial<TcpFields> & { flags: number };

/** A stack at RIGHT, and a test at LEFT that says segments by hand and hears what comes back. */
export class TcpWire {
  readonly time = new SimulatedTime();
  readonly stack: TcpStack;
  readonly accepted: TcpSocket[] = [];
  #heard: TcpSegment[] = [];
  readonly frames: Frame[] = [];
  /** The first numbers of the test's stream and of the stack's. */
  readonly ours = 4_294_967_000;
  theirs = 0;

  constructor(options: Partial<TcpStackOptions> = {}) {
    this.stack = new TcpStack({
      clock: this.time,
      random: seededRandom(1),
      keepAlive: false,
      send: (frame) => {
        this.frames.push(frame);
        for (const bytes of finish(frame)) {
          const packet = parsePacket({ bytes });
          const segment = packet.malformed === undefined ? readSegment(packet) : undefined;
          if (segment === undefined) throw new Error("the stack has sent no segment");
          this.#heard.push(segment);
        }
      },
      ...options,
    });
  }

  /** Accepts what comes for port 80. */
  listen(): void {
    const accept: AcceptedConnection = { onConnection: (socket) => this.accepted.push(socket) };
    this.stack.listen({ port: 80 }, () => accept);
  }

  /** `sequence` and `acknowledgment` are counted from the streams' beginnings. */
  say({ sequence = 0, acknowledgment = 0, ...fields }: Said, payload = new Uint8Array(0)): void {
    const bytes = tcpFrame(
      {
        source: LEFT,
        destination: RIGHT,
        sourcePort: 5000,
        destinationPort: 80,
        window: 65535,
        ...fields,
        sequence: (this.ours + sequence) >>> 0,
        acknowledgment: (fields.flags & ACK) !== 0 ? (this.theirs + acknowledgment) >>> 0 : 0,
      },
      payload,
    );
    const packet = parsePacket({ bytes });
    if (packet.malformed !== undefined) throw new Error(packet.malformed);
    this.stack.receive(packet);
    bytes.fill(0xee);
  }

  /** What the stack has said since it was last asked; numbers counted from the streams' beginnings. */
  heard(): { flags: number; sequence: number; acknowledgment: number; length: number; window: number }[] {
    return this.#heard.splice(0).map((segment) => ({
      flags: flagsOf(segment),
      sequence: (segment.sequence - this.theirs) >>> 0,
      acknowledgment: segment.ack ? (segment.acknowledgment - this.ours) >>> 0 : 0,
      length: segment.payload.length,
      window: segment.window,
    }));
  }

  segments(): TcpSegment[] {
    return this.#heard.splice(0);
  }

  /** A connection that the test has asked for. */
  async open({ window = 65535, options = synOptions(1460, undefined) } = {}): Promise<TcpSocket> {
    this.say({ flags: SYN, options, window });
    this.theirs = this.segments().find(({ syn }) => syn)?.sequence as number;
    this.say({ flags: ACK, sequence: 1, acknowledgment: 1, window });
    await this.time.pass(0);
    return this.accepted.at(-1) as TcpSocket;
  }
}

const flagsOf = ({ syn, ack, fin, rst, psh }: TcpSegment): number =>
  (syn ? SYN : 0) | (ack ? ACK : 0) | (fin ? FIN : 0) | (rst ? RST : 0) | (psh ? PSH : 0);
