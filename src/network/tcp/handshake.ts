import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import { TCP_FLAG } from "../frames/tcp.ts";
import type { RetransmissionTimeout } from "./retransmission-timeout.ts";
import { synOptions, type TcpSegment } from "./segment.ts";
import { Timer } from "./timer.ts";

export interface HandshakeOptions {
  readonly clock: Clock;
  readonly timeout: RetransmissionTimeout;
  /** The greatest payload that our side takes in one segment. */
  readonly segmentSize: number;
  readonly bufferSize: number;
  /** Whether the other side has asked. */
  readonly passive: boolean;
  transmit(fields: { flags: number; window: number; options: Uint8Array }): void;
  /** No answer. */
  fail(): void;
}

/** Without an MSS option (RFC 9293 §3.7.1). */
const DEFAULT_SEGMENT = 536;
/** Smaller ones would make a frame of next to every byte: Linux's least. */
const SMALLEST_SEGMENT = 88;
/** SYN's that are sent: 1, 3, 7, … 127 s (Linux's tcp_syn_retries); answers to one (tcp_synack_retries, less). */
const SYNS = 7;
const SYN_ACKS = 4;

/** SYN and its answer, sent until the other side has heard, and what the two agree on. */
export class Handshake implements Disposable {
  readonly #options: HandshakeOptions;
  readonly #timer: Timer;
  readonly #shift: number;
  #passive: boolean;
  #scales = true;
  #sent = 0;
  #segmentSize: number;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#passive = options.passive;
    this.#segmentSize = options.segmentSize;
    this.#shift = Math.max(0, Math.ceil(Math.log2((options.bufferSize + 1) / 65536)));
    this.#timer = new Timer(options.clock, () => this.#onTimer());
  }

  /** Bytes of payload that the path and both sides take in one segment. */
  get segmentSize(): number {
    return this.#segmentSize;
  }

  start(): void {
    this.#transmit();
  }

  /** Takes the other side's SYN; gives the scale of the window in what we send (RFC 7323 §2.2: both or neither). */
  meet(syn: TcpSegment): number {
    const theirs = Math.max(SMALLEST_SEGMENT, syn.mss ?? DEFAULT_SEGMENT);
    this.#segmentSize = Math.min(this.#options.segmentSize, theirs);
    this.#scales = syn.windowShift !== undefined;
    return this.#scales ? this.#shift : 0;
  }

  /** The other side has asked as well: SYN is from now on an answer. */
  becomePassive(): void {
    this.#passive = true;
    this.#sent = 0;
    this.#transmit();
  }

  /** The other side has not heard it. */
  repeat(): void {
    if (this.#sent <= (this.#passive ? SYN_ACKS : SYNS)) this.#transmit();
  }

  finish(): void {
    if (this.#sent > 1) this.#options.timeout.synWasLost();
    else this.#options.timeout.forgetBackOff();
    this.#timer.dispose();
  }

  dispose(): void {
    this.#timer.dispose();
  }

  #onTimer(): void {
    if (this.#sent >= (this.#passive ? SYN_ACKS : SYNS)) {
      this.#options.fail();
      return;
    }
    this.#options.timeout.backOff();
    this.#transmit();
  }

  #transmit(): void {
    this.#sent += 1;
    this.#timer.set(this.#options.timeout.ms);
    this.#options.transmit({
      flags: TCP_FLAG.syn | (this.#passive ? TCP_FLAG.ack : 0),
      window: Math.min(this.#options.bufferSize, 65535),
      options: synOptions(this.#options.segmentSize, this.#scales ? this.#shift : undefined),
    });
  }
}
