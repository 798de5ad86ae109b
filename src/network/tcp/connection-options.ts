import type { Clock } from "../../base/clock.ts";
import type { CloudError } from "../../base/errors.ts";
import type { Frame } from "../frames/frame.ts";
import type { KeepAlive } from "./keep-alive.ts";
import type { Endpoint } from "./segment.ts";

/** RFC 9293 §3.3.2, without LISTEN, which is the stack's. */
export type TcpState =
  | "syn-sent"
  | "syn-received"
  | "established"
  | "fin-wait-1"
  | "fin-wait-2"
  | "close-wait"
  | "closing"
  | "last-ack"
  | "time-wait"
  | "closed";

/** What a connection tells its socket. */
export interface ConnectionEvents {
  onOpen(): void;
  /** There is something to read, or the other side's end. */
  onReadable(): void;
  onRoom(): void;
  /** All that was written, and our end, has arrived. */
  onFinished(): void;
  /** It is over; `error`: not as both sides wanted it. Once. */
  onClosed(error: CloudError | undefined): void;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Our first sequence number: not to be guessed (RFC 9293 §3.4.1). */
  readonly initialSequence: number;
  /** Of an IP packet, in bytes. */
  readonly mtu: number;
  /** Whether frames may be several segments, with checksums left to be made. */
  readonly offload: boolean;
  /** Bytes that each side's buffer holds at most; a power of two. */
  readonly bufferSize: number;
  readonly keepAlive: KeepAlive | undefined;
  readonly events: ConnectionEvents;
  send(frame: Frame): void;
  /** It is over: nothing is to be handed to it any more. */
  release(): void;
}
