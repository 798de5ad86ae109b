import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { HttpConnection } from "../http/message.ts";
import { CLOSE, closeReason } from "./wisp-packet.ts";

export interface WispStreamLink {
  readonly clock: Clock;
  data(bytes: Uint8Array): void;
  /** Tells the relay that the stream is over; nothing when it knows. */
  close(reason: number): void;
}

/** Of one packet. */
const MAX_DATA = 64 * 1024;
/** What has come and nobody has read: Wisp cannot be told to wait, so a reader that is slower than this is given up. */
const MAX_UNREAD = 64 << 20;
/** Wisp has no end of one direction: after ours the other one may go on for so long without anything coming. */
const HALF_CLOSED_MS = 60_000;

/** One connection by a relay. */
export class WispStream implements HttpConnection {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #link: WispStreamLink;
  #credit: number;
  #onCredit: (() => void) | undefined;
  #read!: ReadableStreamDefaultController<Uint8Array>;
  #write!: WritableStreamDefaultController;
  #isOver = false;
  #isHalfClosed = false;
  #cancelTimer: (() => void) | undefined;

  /** `credit`: packets that may be sent before the relay says more. */
  constructor(credit: number, link: WispStreamLink) {
    this.#credit = credit;
    this.#link = link;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#read = controller;
        },
        cancel: () => this.#over(CLOSE.voluntary),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD }),
    );
    this.writable = new WritableStream({
      start: (controller) => {
        this.#write = controller;
      },
      write: (chunk) => this.#send(chunk),
      close: () => this.#halfClose(),
      abort: () => this.#over(CLOSE.voluntary),
    });
  }

  receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#isHalfClosed) this.#halfClose();
    this.#read.enqueue(bytes);
    if ((this.#read.desiredSize ?? 0) > 0) return;
    this.#link.close(CLOSE.cannotReceive);
    this.fail(
      new CloudError("Network.ConnectionReset", `More than ${MAX_UNREAD} bytes have come that nobody has read.`),
    );
  }

  grant(credit: number): void {
    this.#credit = credit;
    this.#onCredit?.();
  }

  /** The relay has closed the stream. */
  end(code: number): void {
    if (code !== CLOSE.voluntary) {
      this.fail(new CloudError("Network.ConnectionReset", `The connection has ended: ${closeReason(code)}.`, { code }));
    } else if (!this.#isOver) {
      this.#read.close();
      this.#finish();
    }
  }

  fail(error: CloudError): void {
    if (this.#isOver) return;
    this.#read.error(error);
    this.#write.error(error);
    this.#finish();
  }

  abort(error: CloudError): void {
    this.#link.close(CLOSE.voluntary);
    this.fail(error);
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += MAX_DATA) {
      while (this.#credit <= 0 && !this.#isOver) {
        await new Promise<void>((resolve) => {
          this.#onCredit = resolve;
        });
      }
      if (this.#isOver) return;
      this.#credit -= 1;
      this.#link.data(chunk.subarray(at, at + MAX_DATA));
    }
  }

  #halfClose(): void {
    this.#isHalfClosed = true;
    this.#cancelTimer?.();
    if (!this.#isOver) {
      this.#cancelTimer = this.#link.clock.setTimer(HALF_CLOSED_MS, () => {
        this.#link.close(CLOSE.voluntary);
        this.end(CLOSE.voluntary);
      });
    }
  }

  #over(reason: number): void {
    this.#link.close(reason);
    this.#finish();
  }

  #finish(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#onCredit?.();
  }
}
