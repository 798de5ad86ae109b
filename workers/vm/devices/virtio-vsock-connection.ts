import { CloudError } from "../../../src/base/errors.ts";
import { ReceiveCredit, SendCredit } from "./virtio-vsock-credit.ts";
import { OP, type PacketHeader, SHUTDOWN_BOTH, SHUTDOWN_RECEIVE, SHUTDOWN_SEND } from "./virtio-vsock-packet.ts";

/** Bytes that `write` may have queued per connection; a caller that awaits its writes never gets there. */
export const MAX_QUEUED_BYTES = 4 << 20;

/** One stream between the host and a port of the guest. */
export interface VsockConnection {
  /** The guest's port. */
  readonly peerPort: number;
  readonly localPort: number;
  /**
   * The next bytes, or `undefined` when the guest has said that it sends no more. One call at a time.
   * Rejects with `Vsock.Reset` when the connection broke off (after what had arrived was read).
   */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Resolves when the guest's kernel has been given all of it; until then `bytes` must not change.
   * Rejects with `Vsock.Reset`, `Vsock.Closed` (after `closeWrite`, or when the guest receives no more),
   * `Vsock.QueueFull`.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Tells the guest, after all that was written, that no more comes. */
  closeWrite(): void;
  /** Drops the connection; what was not sent yet is lost. */
  reset(): void;
  /** Resolves when the connection is over, however it ended. */
  readonly closed: Promise<void>;
}

/** A packet to send, without its addresses. */
export interface OutgoingPacket {
  readonly op: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

interface QueuedWrite {
  readonly bytes: Uint8Array;
  offset: number;
  resolve(): void;
  reject(error: CloudError): void;
}

interface Waiter {
  resolve(bytes: Uint8Array<ArrayBuffer> | undefined): void;
  reject(error: CloudError): void;
}

const NOTHING = new Uint8Array(0);

/**
 * `requesting`: we asked, the guest has not answered. `open`. `resetting`: over for us, the guest is to be told.
 * `done`: over for both, the ports are free.
 */
type State = "requesting" | "open" | "resetting" | "done";

/** The host's end of one stream: its state, its credit (virtio 1.2 §5.10.6.3), its queues. Knows no virtqueue. */
export class VsockEndpoint implements VsockConnection {
  readonly localPort: number;
  readonly peerPort: number;
  readonly closed: Promise<void>;
  /** Settles when the guest has answered our request. */
  readonly opened: Promise<void>;
  /** Has something to send: called whenever `nextPacket` might give one. */
  readonly #onReady: (endpoint: VsockEndpoint) => void;
  readonly #resolveClosed: () => void;
  #resolveOpened!: () => void;
  #rejectOpened!: (error: CloudError) => void;

  #state: State;
  #failure: CloudError | undefined;
  /** A control packet to send before anything else: OP.request, OP.response or OP.reset. */
  #announce: number | undefined;

  // Sending.
  #writes: QueuedWrite[] = [];
  #queuedBytes = 0;
  readonly #sendCredit = new SendCredit();
  #creditAsked = false;
  #writeClosed = false;
  #shutdownSent = false;
  #peerReceives = true;

  // Receiving.
  #received: Uint8Array<ArrayBuffer>[] = [];
  readonly #receiveCredit = new ReceiveCredit();
  #creditOwed = false;
  #peerSends = true;
  #waiter: Waiter | undefined;

  constructor(
    ports: { localPort: number; peerPort: number },
    onReady: (endpoint: VsockEndpoint) => void,
    /** The guest's request, when it asked for the connection. */
    request?: PacketHeader,
  ) {
    this.localPort = ports.localPort;
    this.peerPort = ports.peerPort;
    this.#onReady = onReady;
    this.#state = request === undefined ? "requesting" : "open";
    this.#announce = request === undefined ? OP.request : OP.response;
    let resolveClosed = () => {};
    this.closed = new Promise((resolve) => {
      resolveClosed = resolve;
    });
    this.#resolveClosed = resolveClosed;
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
    // Whoever asked for the connection awaits `opened` too; a guest's connection has nobody who does.
    this.opened.catch(() => {});
    if (request === undefined) return;
    this.#updateCredit(request);
    this.#resolveOpened();
  }

  get state(): State {
    return this.#state;
  }

  // The user's side.

  read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#waiter !== undefined) throw new CloudError("Vsock.Busy", "A read of this connection is still waiting.");
    const bytes = this.#received.shift();
    if (bytes !== undefined) {
      this.#consume(bytes.byteLength);
      return Promise.resolve(bytes);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#peerSends) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#writeClosed || !this.#peerReceives || this.#state === "resetting" || this.#state === "done") {
      return Promise.reject(new CloudError("Vsock.Closed", "The connection takes no more bytes."));
    }
    if (bytes.byteLength === 0) return Promise.resolve();
    if (this.#queuedBytes + bytes.byteLength > MAX_QUEUED_BYTES && this.#writes.length > 0) {
      return Promise.reject(
        new CloudError("Vsock.QueueFull", "Too many writes are waiting: await each one before the next.", {
          limitBytes: MAX_QUEUED_BYTES,
        }),
      );
    }
    this.#queuedBytes += bytes.byteLength;
    const written = new Promise<void>((resolve, reject) => {
      this.#writes.push({ bytes, offset: 0, resolve, reject });
    });
    this.#onReady(this);
    return written;
  }

  closeWrite(): void {
    if (this.#writeClosed) return;
    this.#writeClosed = true;
    this.#onReady(this);
  }

  reset(): void {
    this.abort(new CloudError("Vsock.Reset", "The connection was dropped on the host's side."));
  }

  // The device's side.

  /** Over for us because of `error`; the guest is told with a reset. */
  abort(error: CloudError): void {
    if (this.#state === "resetting" || this.#state === "done") return;
    this.#state = "resetting";
    this.#announce = OP.reset;
    this.#received = [];
    this.#end(error);
    this.#onReady(this);
  }

  /** The guest knows nothing of this connection (any more): no reset goes out. */
  forget(error: CloudError): void {
    if (this.#state === "done") return;
    const over = this.#state === "resetting";
    this.#state = "done";
    this.#announce = undefined;
    if (!over) this.#end(error);
  }

  /** Says whether `nextPacket` has something for the guest. */
  get hasPacket(): boolean {
    if (this.#state === "done") return false;
    if (this.#announce !== undefined) return true;
    if (this.#state !== "open") return false;
    if (this.#writes.length > 0) return this.#sendCredit.available > 0 || !this.#creditAsked || this.#creditOwed;
    return this.#creditOwed || (this.#writeClosed && !this.#shutdownSent);
  }

  /**
   * The next packet, with at most `room` bytes of payload; its header must carry `credit()`. `undefined` when nothing
   * fits. After the reset packet the state is `done`.
   */
  nextPacket(room: number): OutgoingPacket | undefined {
    if (this.#announce !== undefined) {
      const op = this.#announce;
      this.#announce = undefined;
      if (op === OP.reset) this.#state = "done";
      return control(op);
    }
    if (this.#state !== "open") return undefined;
    const write = this.#writes[0];
    if (write !== undefined) {
      const length = Math.min(this.#sendCredit.available, room, write.bytes.byteLength - write.offset);
      if (length > 0) return { op: OP.data, flags: 0, payload: this.#take(write, length) };
      if (this.#sendCredit.available === 0 && !this.#creditAsked) {
        this.#creditAsked = true;
        return control(OP.creditRequest);
      }
    } else if (this.#writeClosed && !this.#shutdownSent) {
      this.#shutdownSent = true;
      return control(OP.shutdown, SHUTDOWN_SEND);
    }
    return this.#creditOwed ? control(OP.creditUpdate) : undefined;
  }

  /** Our side of the credit, for the header of a packet that is being sent now. */
  credit(): { bufferAllocated: number; forwarded: number } {
    this.#creditOwed = false;
    return this.#receiveCredit.say();
  }

  /** Room for a data packet of `length` bytes: the guest must not send more than its credit. */
  mayReceive(length: number): boolean {
    return this.#receiveCredit.allows(length);
  }

  /** A packet of the guest for this connection, its payload read. */
  onPacket(header: PacketHeader, payload: Uint8Array<ArrayBuffer> | undefined): void {
    if (this.#state === "done") return;
    if (header.op === OP.reset) {
      this.#onReset();
      return;
    }
    if (this.#state === "resetting") return;
    this.#updateCredit(header);
    if (this.#state === "requesting") {
      if (header.op !== OP.response) this.abort(violation("an answer other than RESPONSE to our request"));
      else {
        this.#state = "open";
        this.#resolveOpened();
      }
    } else if (header.op === OP.data) this.#onData(payload ?? NOTHING.slice());
    else if (header.op === OP.shutdown) this.#onShutdown(header.flags);
    else if (header.op === OP.creditRequest) this.#creditOwed = true;
    else if (header.op !== OP.creditUpdate) this.abort(violation(`op ${header.op} on an open connection`));
    if (this.hasPacket) this.#onReady(this);
  }

  #onReset(): void {
    const refused = this.#state === "requesting";
    this.forget(
      refused
        ? new CloudError("Vsock.Refused", `Nothing in the guest listens on port ${this.peerPort}.`, {
            port: this.peerPort,
          })
        : new CloudError("Vsock.Reset", "The guest dropped the connection."),
    );
  }

  #onData(payload: Uint8Array<ArrayBuffer>): void {
    if (!this.#peerSends) {
      this.abort(violation("data after the shutdown of sending"));
      return;
    }
    if (payload.byteLength === 0) return;
    this.#receiveCredit.arrived(payload.byteLength);
    const waiter = this.#waiter;
    if (waiter === undefined) {
      this.#received.push(payload);
      return;
    }
    this.#waiter = undefined;
    this.#consume(payload.byteLength);
    waiter.resolve(payload);
  }

  /** virtio 1.2 §5.10.6.6: the flags add up; when both are there the connection is over and we answer with a reset. */
  #onShutdown(flags: number): void {
    if ((flags & SHUTDOWN_SEND) !== 0) this.#peerSends = false;
    if ((flags & SHUTDOWN_RECEIVE) !== 0) this.#peerReceives = false;
    if ((flags & SHUTDOWN_BOTH) === SHUTDOWN_BOTH || (!this.#peerSends && !this.#peerReceives)) {
      this.#state = "resetting";
      this.#announce = OP.reset;
      this.#end(undefined);
      return;
    }
    if (!this.#peerReceives) this.#rejectWrites(new CloudError("Vsock.Closed", "The guest receives no more."));
    if (!this.#peerSends && this.#received.length === 0) {
      this.#waiter?.resolve(undefined);
      this.#waiter = undefined;
    }
  }

  #updateCredit(header: PacketHeader): void {
    this.#sendCredit.update(header);
    if (this.#sendCredit.available > 0) this.#creditAsked = false;
  }

  #take(write: QueuedWrite, length: number): Uint8Array {
    const payload = write.bytes.subarray(write.offset, write.offset + length);
    write.offset += length;
    this.#queuedBytes -= length;
    this.#sendCredit.spend(length);
    if (write.offset === write.bytes.byteLength) {
      this.#writes.shift();
      // Its bytes are copied to the guest before this microtask can run.
      write.resolve();
    }
    return payload;
  }

  /** The reader has taken `length` bytes. */
  #consume(length: number): void {
    this.#receiveCredit.consumed(length);
    if (this.#state !== "open" || this.#creditOwed || !this.#peerSends) return;
    if (!this.#receiveCredit.isWorthSaying(this.#sendCredit.peerAllocated)) return;
    this.#creditOwed = true;
    this.#onReady(this);
  }

  #rejectWrites(error: CloudError): void {
    for (const write of this.#writes.splice(0)) write.reject(error);
    this.#queuedBytes = 0;
  }

  /** Settles everything that waits. Without an error, what has arrived stays readable and then comes the end. */
  #end(error: CloudError | undefined): void {
    this.#failure = error;
    this.#peerSends = false;
    this.#peerReceives = false;
    this.#rejectWrites(error ?? new CloudError("Vsock.Closed", "The guest closed the connection."));
    this.#rejectOpened(error ?? new CloudError("Vsock.Refused", "The guest closed the connection."));
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (error === undefined) waiter?.resolve(undefined);
    else waiter?.reject(error);
    this.#resolveClosed();
  }
}

function control(op: number, flags = 0): OutgoingPacket {
  return { op, flags, payload: NOTHING };
}

function violation(what: string): CloudError {
  return new CloudError("Vsock.Reset", `The guest broke the socket protocol: ${what}.`);
}
