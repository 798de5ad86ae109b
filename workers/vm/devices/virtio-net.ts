import type { CloudError } from "../../../src/base/errors.ts";
import { costOf, MAX_PACKET_BYTES, MIN_PACKET_BYTES } from "../../../src/network/ports/batch.ts";
import { PacketChannel } from "../../../src/network/ports/packet-channel.ts";
import { BUFFERS_OFFSET } from "../../../src/network/ports/packet-header.ts";
import { configurationOf, F, OFFERED, QUEUE_SIZES } from "./virtio-net-config.ts";
import type { CreateVirtioDevice, MachineDevice, VirtioTransport, VirtQueue } from "./virtio-types.ts";

// virtio 1.2 §5.1.2 (queues).
const RECEIVE = 0;
const TRANSMIT = 1;

/**
 * What the guest sends goes on its way at once when it is so much, or when nothing has gone for so long; else when the
 * guest pauses. A message for each small packet would cost more than the packet.
 */
const SEND_BYTES = 16 * 1024;
const SEND_MS = 1;

export interface VirtioNetOptions {
  readonly createDevice: CreateVirtioDevice;
  readonly slot: number;
  /** The interface's place: 0 is the primary one's, 1 to 7 share its slot. */
  readonly pciFunction: number;
  /** "02:00:ac:1f:00:04" */
  readonly macAddress: string;
  readonly mtu: number;
  /** The network's end sent what it should not: nothing goes this way any more. */
  onError(error: CloudError): void;
}

/**
 * A network card (virtio 1.2 §5.1). What the guest sends waits in its ring while the network has no room, or is not there:
 * nothing is lost here. What comes for the guest waits here while its ring is full, within the channel's window; what comes
 * for a guest without a driver is dropped.
 */
export class VirtioNet implements MachineDevice {
  readonly name: string;
  readonly #transport: VirtioTransport;
  readonly #onError: (error: CloudError) => void;
  #channel: PacketChannel | undefined;
  /** Packets that the guest's ring had no room for, oldest first, from `#next` on. */
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #next = 0;
  #up = false;
  #linkUp = true;
  #paused = false;
  #unplugged = false;
  #sentAt = 0;
  readonly stats = { sentFrames: 0, sentBytes: 0, receivedFrames: 0, receivedBytes: 0, dropped: 0, malformed: 0 };

  constructor(options: VirtioNetOptions) {
    const { slot, pciFunction } = options;
    this.name = `virtio-net@${slot.toString(16).padStart(2, "0")}.${pciFunction}`;
    this.#onError = options.onError;
    this.#transport = options.createDevice(slot, {
      name: "virtio-net",
      deviceType: 1,
      pciClass: [0x02, 0x00, 0x00],
      pciFunction,
      moreFunctions: pciFunction === 0,
      features: OFFERED,
      queueSizes: QUEUE_SIZES,
      config: configurationOf({ macAddress: options.macAddress, mtu: options.mtu, linkUp: () => this.#linkUp }),
      onNotify: (index) => this.#notified(index),
      onReset: () => this.#reset(),
    });
  }

  /** The guest has a driver on it. */
  get inUse(): boolean {
    return this.#transport.driverOk;
  }

  /** Plugs the cable in, or another one: what the last one had brought and the guest had not taken is gone. */
  connect(port: MessagePort): void {
    this.#channel?.dispose();
    this.#forget();
    this.#channel = new PacketChannel(port, {
      onPackets: (packets) => this.#receive(packets),
      onCredit: () => this.#send(),
      onInvalid: (error) => {
        this.setLink(false);
        this.#onError(error);
      },
    });
    this.#tellOffloads();
    this.setLink(true);
    this.#send();
  }

  /** Whether the guest sees a carrier. */
  setLink(up: boolean): void {
    if (up === this.#linkUp) return;
    this.#linkUp = up;
    if (this.#up) this.#transport.configChanged();
  }

  /** Takes the network from a guest that has not let go of the card: what it sends from now on goes nowhere. */
  disconnect(): void {
    this.#unplugged = true;
    this.#channel?.dispose();
    this.#channel = undefined;
    this.#forget();
    this.setLink(false);
    this.#transmit();
  }

  /** Sends what the guest has had to say while it ran. */
  settle(): void {
    if (this.#channel === undefined || this.#channel.unsentBytes === 0) return;
    this.#sentAt = performance.now();
    this.#channel.flush();
  }

  /** What the guest has sent is on its way; what it was sent, and has not taken, waits. */
  drain(): Promise<void> {
    this.settle();
    this.#paused = true;
    return Promise.resolve();
  }

  /** Goes on after `drain`. */
  resume(): void {
    this.#paused = false;
    this.#tellOffloads();
    this.#deliver();
    this.#send();
  }

  saveState(): unknown {
    return { transport: this.#transport.saveState(), up: this.#up };
  }

  restoreState(saved: unknown): void {
    const state = saved as { transport: unknown; up: boolean };
    this.#forget();
    this.#transport.restoreState(state.transport);
    this.#up = state.up;
  }

  dispose(): void {
    this.settle();
    this.#channel?.dispose();
    this.#channel = undefined;
    this.#transport.remove();
  }

  #notified(index: number): void {
    if (!this.#up && this.#transport.driverOk) {
      this.#up = true;
      this.#tellOffloads();
    }
    if (index === RECEIVE) this.#deliver();
    else {
      this.#transmit();
      const unsent = this.#channel?.unsentBytes ?? 0;
      if (unsent >= SEND_BYTES || performance.now() - this.#sentAt >= SEND_MS) this.settle();
    }
  }

  #send(): void {
    this.#transmit();
    this.settle();
  }

  #transmit(): void {
    const queue = this.#queue(TRANSMIT);
    const channel = this.#channel;
    let taken = false;
    while (!this.#paused && (this.#unplugged || channel?.hasCredit) && queue.hasRequest()) {
      const chain = queue.pop();
      const bytes = chain.readableBytes;
      if (bytes < MIN_PACKET_BYTES || bytes > MAX_PACKET_BYTES) this.stats.malformed++;
      else if (channel !== undefined) {
        chain.read(channel.add(bytes));
        this.stats.sentFrames++;
        this.stats.sentBytes += bytes;
      }
      queue.push(chain);
      taken = true;
    }
    if (taken) queue.flush();
  }

  #receive(packets: Uint8Array<ArrayBuffer>[]): void {
    for (const packet of packets) this.#waiting.push(packet);
    if (this.#up) this.#deliver();
    else this.#forget();
  }

  #deliver(): void {
    const queue = this.#queue(RECEIVE);
    let dealtWith = 0;
    while (!this.#paused) {
      const packet = this.#waiting[this.#next];
      if (packet === undefined || !this.#place(queue, packet)) break;
      dealtWith += costOf(packet.byteLength);
      this.#next++;
    }
    if (dealtWith === 0) return;
    if (this.#next === this.#waiting.length) this.#waiting = [];
    else this.#waiting.splice(0, this.#next);
    this.#next = 0;
    queue.flush();
    this.#channel?.grant(dealtWith);
  }

  /** Whether the packet is dealt with: it is the guest's, or can never be. Else it waits for more buffers. */
  #place(queue: VirtQueue, packet: Uint8Array): boolean {
    const chains = [];
    let room = 0;
    while (room < packet.byteLength) {
      if (!queue.hasRequest()) {
        queue.putBack(chains.length);
        return !queue.enabled || chains.length >= queue.size ? this.#drop() : false;
      }
      const chain = queue.pop();
      chains.push(chain);
      room += chain.writableBytes;
      if (!this.#transport.hasFeature(F.MRG_RXBUF)) break;
    }
    if (room < packet.byteLength) {
      queue.putBack(chains.length);
      return this.#drop();
    }
    packet[BUFFERS_OFFSET] = chains.length & 0xff;
    packet[BUFFERS_OFFSET + 1] = chains.length >> 8;
    let rest = packet;
    for (const chain of chains) {
      rest = rest.subarray(chain.write(rest));
      queue.push(chain);
    }
    this.stats.receivedFrames++;
    this.stats.receivedBytes += packet.byteLength;
    return true;
  }

  #drop(): true {
    this.stats.dropped++;
    return true;
  }

  #tellOffloads(): void {
    const has = (bit: number) => this.#up && this.#transport.hasFeature(bit);
    this.#channel?.tellOffloads({ checksum: has(F.GUEST_CSUM), tcpv4: has(F.GUEST_TSO4) });
  }

  /** The guest's driver has gone: what it had sent is on its way, what it was sent is nobody's. */
  #reset(): void {
    this.#forget();
    if (!this.#up) return;
    this.#up = false;
    this.#tellOffloads();
  }

  #forget(): void {
    const packets = this.#waiting.slice(this.#next);
    this.#waiting = [];
    this.#next = 0;
    this.stats.dropped += packets.length;
    this.#channel?.grant(packets.reduce((sum, { byteLength }) => sum + costOf(byteLength), 0));
  }

  #queue(index: number): VirtQueue {
    const queue = this.#transport.queues[index];
    if (queue === undefined) throw new Error(`the transport has no queue ${index}`);
    return queue;
  }
}
