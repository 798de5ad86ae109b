import type { Disposable } from "../../../src/base/disposable.ts";
import { CloudError } from "../../../src/base/errors.ts";
import type { BufferChain, CreateVirtioDevice, MachineDevice, VirtioTransport, VirtQueue } from "./virtio-types.ts";
import { type VsockConnection, VsockEndpoint } from "./virtio-vsock-connection.ts";
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  HOST_CID,
  OP,
  type PacketHeader,
  TYPE_STREAM,
} from "./virtio-vsock-packet.ts";
import { MAX_CONNECTIONS, type OnConnection, VsockTable } from "./virtio-vsock-table.ts";

export type { VsockConnection } from "./virtio-vsock-connection.ts";

/** virtio 1.2 §5.10.2. */
const RX_QUEUE = 0;
const TX_QUEUE = 1;
const EVENT_QUEUE = 2;

/**
 * Linux posts one 4 KiB page per receive slot and keeps them posted: 128 take half a MiB of the guest. It posts
 * eight events. Sending takes two descriptors per packet, and we answer at once, so 64 packets are enough.
 */
const QUEUE_SIZES = [128, 128, 16] as const;

const VIRTIO_F_VERSION_1 = 32;
/** Context ids 0–2 are reserved (virtio 1.2 §5.10.4). */
const DEFAULT_GUEST_CID = 3;
const EVENT_TRANSPORT_RESET = 0;

/** Resets owed to packets that belong to no connection; the guest's packets wait while so many are unsent. */
export const MAX_STRAY_RESETS = 128;

export interface VirtioVsockOptions {
  readonly createDevice: CreateVirtioDevice;
  /** PCI slot. */
  readonly slot: number;
  readonly guestCid?: number;
}

/**
 * A virtio socket device (virtio 1.2 §5.10): stream sockets between the host and one guest.
 *
 * Everything the guest sends is handled while it waits, so no request is ever in flight when the processor is
 * stopped. What we send waits in the connections, and they in `#ready`, until the guest posts buffers.
 */
export class VirtioVsock implements MachineDevice {
  readonly name: string;
  readonly #guestCid: number;
  readonly #transport: VirtioTransport;
  readonly #table = new VsockTable();
  /** Connections with something to send, served in turns. */
  readonly #ready = new Set<VsockEndpoint>();
  #strayResets: PacketHeader[] = [];
  /** The guest must be told that all its connections are gone; waits for an event buffer. */
  #transportResetOwed = false;
  #pumping = false;
  #disposed = false;
  readonly #header = new Uint8Array(HEADER_BYTES);
  readonly #counters = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0, malformed: 0 };

  constructor(options: VirtioVsockOptions) {
    this.#guestCid = options.guestCid ?? DEFAULT_GUEST_CID;
    this.name = `virtio-vsock@${options.slot.toString(16).padStart(2, "0")}`;
    this.#transport = options.createDevice(options.slot, {
      name: "virtio-vsock",
      deviceType: 19,
      // "Communication controller, other", as QEMU has it.
      pciClass: [0x07, 0x80, 0x00],
      features: [VIRTIO_F_VERSION_1],
      queueSizes: QUEUE_SIZES,
      config: [
        { bytes: 4, name: "guest_cid (low dword)", read: () => this.#guestCid },
        { bytes: 4, name: "guest_cid (high dword)", read: () => 0 },
      ],
      onNotify: (index) => this.#onNotify(index),
      onReset: () => this.#forgetAll("The guest restarted."),
    });
  }

  /** Packets and payload bytes since the machine started, and streams open now. */
  get stats() {
    return { ...this.#counters, connections: this.#table.size };
  }

  /**
   * Opens a stream to a port of the guest. Rejects with `Vsock.Refused` when nothing listens there,
   * `Vsock.NotReady` when the guest's driver is not up, `Vsock.TooManyConnections`, `Vsock.Reset`.
   * `signal` gives up: the promise rejects with its reason and the guest is told.
   */
  async connect(port: number, signal?: AbortSignal): Promise<VsockConnection> {
    signal?.throwIfAborted();
    if (this.#disposed || !this.#transport.driverOk) {
      throw new CloudError("Vsock.NotReady", "The guest's socket driver is not up.");
    }
    if (this.#table.isFull) {
      throw new CloudError("Vsock.TooManyConnections", `${MAX_CONNECTIONS} streams are open to this guest already.`, {
        limit: MAX_CONNECTIONS,
      });
    }
    const endpoint = new VsockEndpoint({ localPort: this.#table.takePort(port), peerPort: port }, (one) =>
      this.#onReady(one),
    );
    this.#table.add(endpoint);
    const onAbort = () => endpoint.abort(new CloudError("Vsock.Reset", "The connection was given up.", { port }));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#onReady(endpoint);
      await endpoint.opened;
    } catch (thrown) {
      signal?.throwIfAborted();
      throw thrown;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    return endpoint;
  }

  /** Takes the guest's connections to `port` of the host, until disposed of. A port has one listener. */
  listen(port: number, onConnection: OnConnection): Disposable {
    return this.#table.listen(port, onConnection);
  }

  /** Nothing is ever in flight: see the class. */
  async drain(): Promise<void> {}

  saveState(): unknown {
    return { version: 1, transport: this.#transport.saveState() };
  }

  /**
   * Call it when the machine's processor and memory are restored. The host's ends of the streams are gone, so the
   * guest's kernel is told to reset its own (virtio 1.2 §5.10.6.7).
   */
  restoreState(state: unknown): void {
    const saved = state as { version?: unknown; transport?: unknown } | null;
    if (saved?.version !== 1) throw new CloudError("MachineState.Mismatch", "This is no state of a socket device.");
    this.#forgetAll("The machine was restored.");
    this.#transport.restoreState(saved.transport);
    this.#transportResetOwed = this.#transport.driverOk;
    this.#sendEvents();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#forgetAll("The machine was stopped.");
    this.#table.removeListeners();
  }

  #onNotify(index: number): void {
    if (this.#disposed) return;
    if (index === EVENT_QUEUE) this.#sendEvents();
    else this.#pump();
  }

  #onReady(endpoint: VsockEndpoint): void {
    if (this.#disposed) return;
    this.#ready.add(endpoint);
    this.#pump();
  }

  /** Moves packets both ways until neither side can go on. What happens meanwhile is seen by the same loop. */
  #pump(): void {
    if (this.#pumping || !this.#transport.driverOk) return;
    this.#pumping = true;
    try {
      let more = true;
      while (more) {
        const received = this.#receiveAll();
        const sent = this.#sendAll();
        // Sending may have made room for resets that receiving waited for; receiving may have found work to send.
        more = (received || sent) && this.#canReceive;
      }
    } finally {
      this.#pumping = false;
    }
  }

  get #canReceive(): boolean {
    return this.#queue(TX_QUEUE).hasRequest() && this.#strayResets.length < MAX_STRAY_RESETS;
  }

  #receiveAll(): boolean {
    const queue = this.#queue(TX_QUEUE);
    if (!queue.enabled) return false;
    let any = false;
    // virtio 1.2 §5.10.6.4: go on while there is memory for the answers, even when the guest takes no packets.
    while (this.#canReceive) {
      const chain = queue.pop();
      this.#receive(chain);
      queue.push(chain);
      any = true;
    }
    queue.flush();
    return any;
  }

  #receive(chain: BufferChain): void {
    this.#counters.packetsIn++;
    if (chain.readableBytes < HEADER_BYTES) {
      this.#counters.malformed++;
      return;
    }
    chain.read(this.#header);
    const header = decodeHeader(this.#header);
    // A wrong source would be answered to a stranger: the driver is broken, say nothing.
    if (header.sourceCid !== this.#guestCid) {
      this.#counters.malformed++;
      return;
    }
    if (header.type !== TYPE_STREAM || header.destinationCid !== HOST_CID) {
      this.#strayReset(header);
      return;
    }
    const endpoint = this.#table.find(header.destinationPort, header.sourcePort);
    if (header.length > chain.readableBytes) {
      this.#counters.malformed++;
      if (endpoint === undefined) this.#strayReset(header);
      else endpoint.abort(new CloudError("Vsock.Reset", "The guest sent a packet shorter than it says."));
    } else if (header.op === OP.request) this.#accept(header, endpoint);
    else if (endpoint === undefined) this.#strayReset(header);
    else this.#deliver(endpoint, header, chain);
  }

  #deliver(endpoint: VsockEndpoint, header: PacketHeader, chain: BufferChain): void {
    let payload: Uint8Array<ArrayBuffer> | undefined;
    if (header.op === OP.data && endpoint.state === "open") {
      if (!endpoint.mayReceive(header.length)) {
        this.#counters.malformed++;
        endpoint.abort(new CloudError("Vsock.Reset", "The guest sent more than its credit."));
        return;
      }
      payload = new Uint8Array(header.length);
      chain.read(payload);
      this.#counters.bytesIn += header.length;
    }
    endpoint.onPacket(header, payload);
    if (endpoint.state === "done") this.#remove(endpoint);
  }

  #accept(header: PacketHeader, existing: VsockEndpoint | undefined): void {
    if (existing !== undefined) {
      existing.abort(new CloudError("Vsock.Reset", "The guest opened a connection that is open."));
      return;
    }
    const onConnection = this.#table.listener(header.destinationPort);
    if (onConnection === undefined || this.#table.isFull) {
      this.#strayReset(header);
      return;
    }
    const ports = { localPort: header.destinationPort, peerPort: header.sourcePort };
    const endpoint = new VsockEndpoint(ports, (one) => this.#onReady(one), header);
    this.#table.add(endpoint);
    this.#ready.add(endpoint);
    // Not from inside the guest's notification: the listener's errors are its own.
    queueMicrotask(() => onConnection(endpoint));
  }

  /** The answer to a packet that belongs to no connection; never to a reset (virtio 1.2 §5.10.6.4). */
  #strayReset(header: PacketHeader): void {
    if (header.op === OP.reset) return;
    this.#strayResets.push({
      sourceCid: header.destinationCid === -1 ? HOST_CID : header.destinationCid,
      destinationCid: this.#guestCid,
      sourcePort: header.destinationPort,
      destinationPort: header.sourcePort,
      length: 0,
      type: header.type,
      op: OP.reset,
      flags: 0,
      bufferAllocated: 0,
      forwarded: 0,
    });
  }

  #sendAll(): boolean {
    const queue = this.#queue(RX_QUEUE);
    if (!queue.enabled) return false;
    let any = false;
    while (this.#hasPacket() && queue.hasRequest()) {
      const chain = queue.pop();
      // A buffer without room for a header is the driver's fault; it gets it back empty.
      if (chain.writableBytes >= HEADER_BYTES) this.#sendOne(chain);
      else this.#counters.malformed++;
      queue.push(chain);
      any = true;
    }
    queue.flush();
    return any;
  }

  #hasPacket(): boolean {
    if (this.#strayResets.length > 0) return true;
    for (const endpoint of this.#ready) {
      if (endpoint.hasPacket) return true;
      this.#ready.delete(endpoint);
    }
    return false;
  }

  #sendOne(chain: BufferChain): void {
    const stray = this.#strayResets.shift();
    if (stray !== undefined) {
      this.#write(chain, stray);
      return;
    }
    const [endpoint] = this.#ready;
    if (endpoint === undefined) return;
    this.#ready.delete(endpoint);
    const packet = endpoint.nextPacket(chain.writableBytes - HEADER_BYTES);
    if (packet !== undefined) {
      const header = {
        sourceCid: HOST_CID,
        destinationCid: this.#guestCid,
        sourcePort: endpoint.localPort,
        destinationPort: endpoint.peerPort,
        length: packet.payload.byteLength,
        type: TYPE_STREAM,
        op: packet.op,
        flags: packet.flags,
        ...endpoint.credit(),
      };
      this.#write(chain, header);
      chain.write(packet.payload);
      this.#counters.bytesOut += packet.payload.byteLength;
    }
    if (endpoint.state === "done") this.#remove(endpoint);
    // To the end of the line, so that one busy stream does not hold up the others.
    else if (endpoint.hasPacket) this.#ready.add(endpoint);
  }

  #write(chain: BufferChain, header: PacketHeader): void {
    encodeHeader(header, this.#header);
    chain.write(this.#header);
    this.#counters.packetsOut++;
  }

  #sendEvents(): void {
    const queue = this.#queue(EVENT_QUEUE);
    if (!this.#transportResetOwed || !queue.enabled || !queue.hasRequest()) return;
    this.#transportResetOwed = false;
    const event = new Uint8Array(4);
    new DataView(event.buffer).setUint32(0, EVENT_TRANSPORT_RESET, true);
    const chain = queue.pop();
    chain.write(event);
    queue.push(chain);
    queue.flush();
  }

  #forgetAll(why: string): void {
    this.#ready.clear();
    this.#strayResets = [];
    this.#transportResetOwed = false;
    for (const endpoint of this.#table.takeAll()) endpoint.forget(new CloudError("Vsock.Reset", why));
  }

  #remove(endpoint: VsockEndpoint): void {
    this.#ready.delete(endpoint);
    this.#table.remove(endpoint);
  }

  #queue(index: number): VirtQueue {
    const queue = this.#transport.queues[index];
    if (queue === undefined) throw new Error(`the transport made no queue ${index}`);
    return queue;
  }
}
