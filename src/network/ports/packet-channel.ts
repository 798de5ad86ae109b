import type { Disposable } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { BatchWriter, costOf, readBatch } from "./batch.ts";

/**
 * How much may be on its way, each way: what a guest sends waits in its rings when the network's window is out; what it is
 * sent is dropped when its own is. Two round trips of ten milliseconds at 100 MB/s; Linux's largest receive buffer in a
 * guest of 128 MiB is half of it.
 */
export const WINDOW_BYTES = 2 << 20;

/** What a guest's card can take of what a sender may leave to it (`Offload`). */
export interface CardOffloads {
  readonly checksum: boolean;
  readonly tcpv4: boolean;
}

type Message =
  | { readonly packets: ArrayBuffer; readonly bytes: number }
  | { readonly grant: number }
  | { readonly offloads: CardOffloads };

export interface PacketChannelEvents {
  /** Packets have come, which are the receiver's now. They take the window until they are granted. */
  onPackets(packets: Uint8Array<ArrayBuffer>[]): void;
  /** There is room to send again. */
  onCredit?(): void;
  onOffloads?(offloads: CardOffloads): void;
  /** The other end broke the rules: nothing more comes or goes. */
  onInvalid(error: CloudError): void;
}

/** One end of an interface's way between its machine's worker and the network's: batches of packets, and their windows. */
export class PacketChannel implements Disposable {
  readonly #port: MessagePort;
  readonly #events: PacketChannelEvents;
  readonly #writer = new BatchWriter();
  #credit = WINDOW_BYTES;
  #closed = false;

  constructor(port: MessagePort, events: PacketChannelEvents) {
    this.#port = port;
    this.#events = events;
    port.onmessage = (event: MessageEvent<unknown>) => this.#receive(event.data);
  }

  /** Whether another packet may be sent. The last one may go beyond the window. */
  get hasCredit(): boolean {
    return this.#credit > 0 && !this.#closed;
  }

  /** Bytes that wait for `flush`. */
  get unsentBytes(): number {
    return this.#writer.bytes;
  }

  /** Room for a packet, header and frame, to be filled at once; it goes with the next `flush`, or when a batch is full. */
  add(packetBytes: number): Uint8Array<ArrayBuffer> {
    if (!this.#writer.hasRoom(packetBytes)) this.flush();
    this.#credit -= costOf(packetBytes);
    return this.#writer.add(packetBytes);
  }

  flush(): void {
    const batch = this.#writer.take();
    if (batch !== undefined) this.#post(batch, [batch.packets]);
  }

  /** Packets of so much cost (`costOf`) are dealt with: the other end may send as much again. */
  grant(cost: number): void {
    if (cost > 0) this.#post({ grant: cost });
  }

  tellOffloads(offloads: CardOffloads): void {
    this.#post({ offloads });
  }

  dispose(): void {
    this.#closed = true;
    this.#port.onmessage = null;
    this.#port.close();
  }

  #post(message: Message, moves: Transferable[] = []): void {
    if (!this.#closed) this.#port.postMessage(message, moves);
  }

  #receive(data: unknown): void {
    if (this.#closed) return;
    try {
      this.#handle(data);
    } catch (thrown) {
      if (!(thrown instanceof CloudError)) throw thrown;
      this.dispose();
      this.#events.onInvalid(thrown);
    }
  }

  #handle(data: unknown): void {
    const message = (data ?? {}) as Partial<Record<"packets" | "bytes" | "grant" | "offloads", unknown>>;
    if (message.packets !== undefined) {
      const batch = { packets: message.packets as ArrayBuffer, bytes: message.bytes as number };
      this.#events.onPackets(readBatch(batch));
    } else if (typeof message.grant === "number" && message.grant > 0 && message.grant <= WINDOW_BYTES * 2) {
      const wasOut = this.#credit <= 0;
      this.#credit += message.grant;
      if (wasOut && this.#credit > 0) this.#events.onCredit?.();
    } else if (isOffloads(message.offloads)) this.#events.onOffloads?.(message.offloads);
    else throw new CloudError("Protocol.Invalid", "Invalid message between threads: not one of an interface's port.");
  }
}

function isOffloads(value: unknown): value is CardOffloads {
  const { checksum, tcpv4 } = (value ?? {}) as Partial<CardOffloads>;
  return typeof checksum === "boolean" && typeof tcpv4 === "boolean";
}
