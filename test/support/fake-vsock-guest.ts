import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  OP,
  type PacketHeader,
} from "../../workers/vm/devices/virtio-vsock-packet.ts";
import type { FakeDriver } from "./fake-virtio.ts";

const RX = 0;
const TX = 1;

export interface ReceivedPacket extends PacketHeader {
  readonly payload: Uint8Array;
}

/** The guest's end of a virtio socket device, packet by packet: it does what the test says, right or wrong. */
export class FakeVsockGuest {
  readonly driver: FakeDriver;
  readonly #bufferBytes: number;

  /** `bufferBytes`: size of each receive buffer; Linux 6.1 posts pages less some overhead. */
  constructor(driver: FakeDriver, bufferBytes = 3776) {
    this.driver = driver;
    this.#bufferBytes = bufferBytes;
  }

  start(): void {
    this.driver.start();
    this.fill();
  }

  /** Posts receive buffers until there are `count` (by default: until the queue is full). */
  fill(count = this.driver.queue(RX).size): void {
    const queue = this.driver.queue(RX);
    while (queue.availableCount < count) queue.post({ writableBytes: this.#bufferBytes });
    this.driver.notify(RX);
  }

  /** Sends one packet; what is not given is as a well-behaved guest would have it. */
  send(packet: Partial<PacketHeader>, payload: Uint8Array = new Uint8Array(0)): void {
    this.sendRaw(packetBytes(packet, payload));
  }

  sendRaw(bytes: Uint8Array): void {
    this.driver.queue(TX).post({ readable: bytes });
    this.driver.notify(TX);
    this.driver.queue(TX).takeUsed();
  }

  /** The packets that came since the last call. Their buffers are not posted again: see `fill`. */
  receive(): ReceivedPacket[] {
    return this.driver
      .queue(RX)
      .takeUsed()
      .filter(({ written }) => written.byteLength > 0)
      .map(({ written }) => ({ ...decodeHeader(written), payload: written.slice(HEADER_BYTES) }));
  }
}

export function packetBytes(packet: Partial<PacketHeader>, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.byteLength);
  const header: PacketHeader = {
    sourceCid: 3,
    destinationCid: 2,
    sourcePort: 5000,
    destinationPort: 1024,
    length: payload.byteLength,
    type: 1,
    op: OP.data,
    flags: 0,
    bufferAllocated: 1 << 18,
    forwarded: 0,
    ...packet,
  };
  encodeHeader(header, bytes);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}
