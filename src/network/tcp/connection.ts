import type { Disposable } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { DEFAULT_TTL } from "../frames/ipv4.ts";
import { TCP_FLAG } from "../frames/tcp.ts";
import type { ConnectionOptions, TcpState } from "./connection-options.ts";
import { refused, reset, timedOut, unread } from "./errors.ts";
import { Handshake } from "./handshake.ts";
import { KeepAliveProbe } from "./keep-alive.ts";
import { Receiver } from "./receiver.ts";
import { RetransmissionTimeout } from "./retransmission-timeout.ts";
import { LONGEST_PAYLOAD, segmentFrame, segmentSizeOf, type TcpSegment } from "./segment.ts";
import { Sender } from "./sender.ts";
import { Timer } from "./timer.ts";

/** Two times the longest that a segment lives (RFC 9293 §3.4.2): none of ours waits anywhere for seconds. */
export const TIME_WAIT_MS = 10_000;
/** What carries no PSH and comes alone is acknowledged after so long (RFC 9293 §3.8.6.3 allows 500). */
const DELAYED_ACK_MS = 40;
/** Answers to what is not acceptable and carries nothing, lest two sides answer each other for ever (as Linux does it). */
const CHALLENGE_INTERVAL_MS = 500;
/** Nobody reads any more and the other side does not end: as long as Linux waits in FIN-WAIT-2. */
const ORPHAN_MS = 60_000;

/**
 * One connection (RFC 9293 §3.10), with window scaling (RFC 7323), NewReno (RFC 6582) and the checks of RFC 5961; without
 * urgent data, which is passed on in its place, timestamps and selective acknowledgements, which hardly lossy paths without
 * old duplicates do not need.
 */
export class Connection implements Disposable {
  readonly #options: ConnectionOptions;
  readonly #timeout = new RetransmissionTimeout();
  readonly #handshake: Handshake;
  readonly #delayedAck: Timer;
  readonly #linger: Timer;
  readonly #keepAlive: KeepAliveProbe | undefined;
  #state: TcpState;
  #sender: Sender | undefined;
  #receiver: Receiver | undefined;
  /** The other side's first sequence number. */
  #peerSequence = 0;
  #peerShift = 0;
  /** Bytes that have come since an acknowledgement was sent. */
  #unacknowledged = 0;
  #challengedAt = Number.NEGATIVE_INFINITY;
  #orphaned = false;
  #isFinishing = false;
  #isFinished = false;

  /** Sent in each packet from now on. */
  hopLimit = DEFAULT_TTL;

  /** `syn`: the segment that asks for the connection; absent: it is we who ask. Sends nothing until `open`. */
  constructor(options: ConnectionOptions, syn?: TcpSegment) {
    this.#options = options;
    this.#state = syn === undefined ? "syn-sent" : "syn-received";
    this.#delayedAck = new Timer(options.clock, () => this.#sendAck());
    this.#linger = new Timer(options.clock, () => this.#end());
    this.#handshake = new Handshake({
      clock: options.clock,
      timeout: this.#timeout,
      segmentSize: segmentSizeOf(options.mtu),
      bufferSize: options.bufferSize,
      passive: syn !== undefined,
      transmit: (fields) => this.#emit({ place: 0, ...fields }),
      fail: () => this.abort(timedOut(options.remote)),
    });
    this.#keepAlive =
      options.keepAlive &&
      new KeepAliveProbe(options.clock, options.keepAlive, {
        // A place before what is expected: it has to be answered by an acknowledgement (RFC 9293 §3.8.4).
        probe: () => this.#emit({ place: (this.#sender?.sent ?? 1) - 1, flags: TCP_FLAG.ack, window: this.#window() }),
        fail: () => this.abort(timedOut(options.remote)),
      });
    if (syn !== undefined) this.#meet(syn);
  }

  get state(): TcpState {
    return this.#state;
  }

  get #wireNext(): number {
    return (this.#peerSequence + (this.#receiver?.next ?? 1)) >>> 0;
  }

  /** Asks, or answers, with SYN. */
  open(): void {
    this.#handshake.start();
  }

  receive(segment: TcpSegment): void {
    if (this.#state === "closed") return;
    this.#keepAlive?.heard();
    if (this.#state === "syn-sent") this.#receiveInSynSent(segment);
    else this.#receiveSynchronized(segment);
  }

  /** Takes as much as there is room for; gives how many bytes that was. */
  write(bytes: Uint8Array): number {
    return this.#sender?.write(bytes) ?? 0;
  }

  get unread(): number {
    return this.#receiver?.unread ?? 0;
  }
  /** The other side has ended, and all of it has been read. */
  get isAtEnd(): boolean {
    return this.#receiver?.isFinished === true && this.#receiver.unread === 0;
  }

  read(most: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#receiver?.read(most) ?? new Uint8Array(0);
    if (this.#receiver?.wantsUpdate && this.#state !== "time-wait" && this.#state !== "closed") this.#sendAck();
    return bytes;
  }

  /** Our end, once it is open: what was written is sent, then FIN. The other side may go on. */
  finish(): void {
    if (this.#isFinishing || this.#sender === undefined || this.#state === "closed") return;
    this.#isFinishing = true;
    if (this.#state === "established") this.#state = "fin-wait-1";
    else if (this.#state === "close-wait") this.#state = "last-ack";
    this.#sender.finish();
    this.#lingerIfOrphaned();
  }

  /** Nobody reads any more: what comes is taken and forgotten. */
  discard(): void {
    this.#orphaned = true;
    this.#receiver?.discard();
    this.#lingerIfOrphaned();
  }

  /** Ends it at once; the other side is told by RST. */
  abort(error: CloudError): void {
    if (this.#state === "closed") return;
    if (this.#state !== "syn-sent" && this.#state !== "time-wait") {
      this.#emit({ place: this.#sender?.sent ?? 1, flags: TCP_FLAG.rst | TCP_FLAG.ack, window: 0 });
    }
    this.#end(error);
  }

  dispose(): void {
    this.abort(new CloudError("Network.ConnectionClosed", "The network was closed."));
  }

  /** A new SYN may take the place of a connection that only waits for old segments (RFC 9293 §3.6.1). */
  mayBeReplacedBy(segment: TcpSegment): boolean {
    const isNewer = ((segment.sequence - this.#wireNext) | 0) > 0;
    return this.#state === "time-wait" && segment.syn && !segment.ack && isNewer;
  }

  /** RFC 9293 §3.10.7.3. */
  #receiveInSynSent(segment: TcpSegment): void {
    const acknowledged = (segment.acknowledgment - this.#options.initialSequence) >>> 0;
    if (segment.ack && acknowledged !== 1) {
      if (!segment.rst) this.#emit({ sequence: segment.acknowledgment, flags: TCP_FLAG.rst, window: 0 });
      return;
    }
    if (segment.rst) {
      if (segment.ack) this.#end(refused(this.#options.remote));
      return;
    }
    if (!segment.syn) return;
    this.#meet(segment);
    if (segment.ack) {
      this.#establish(segment);
      this.#sendAck();
      if (segment.payload.length > 0 || segment.fin) this.#receiveSynchronized({ ...segment, syn: false, ack: true });
    } else {
      // Both have asked at once (RFC 9293 §3.5, figure 7).
      this.#state = "syn-received";
      this.#handshake.becomePassive();
    }
  }

  /** What the other side's SYN tells. */
  #meet(syn: TcpSegment): void {
    this.#peerSequence = syn.sequence;
    const shift = this.#handshake.meet(syn);
    this.#peerShift = syn.windowShift ?? 0;
    this.#receiver = new Receiver(this.#options.bufferSize, shift, segmentSizeOf(this.#options.mtu));
  }

  #establish(segment: TcpSegment): void {
    this.#handshake.finish();
    const segmentSize = this.#handshake.segmentSize;
    const several = Math.floor(LONGEST_PAYLOAD / segmentSize);
    this.#sender = new Sender({
      clock: this.#options.clock,
      timeout: this.#timeout,
      segmentSize,
      frameSize: this.#options.offload ? several * segmentSize : segmentSize,
      bufferSize: this.#options.bufferSize,
      window: segment.syn ? segment.window : segment.window << this.#peerShift,
      transmit: (place, length, fin, push) => this.#transmit(place, length, fin, push),
      fail: () => this.abort(timedOut(this.#options.remote)),
      onRoom: () => this.#options.events.onRoom(),
    });
    this.#state = "established";
    this.#keepAlive?.start();
    this.#options.events.onOpen();
  }

  /** RFC 9293 §3.10.7.4, in its order. */
  #receiveSynchronized(segment: TcpSegment): void {
    const receiver = this.#receiver as Receiver;
    const start = receiver.next + ((segment.sequence - this.#wireNext) | 0);
    const length = segment.payload.length + (segment.fin ? 1 : 0) + (segment.syn ? 1 : 0);
    // Both have asked at once, and this is the answer (RFC 9293 §3.5, figure 7).
    if (this.#state === "syn-received" && segment.syn && segment.ack && start === 0) {
      this.#receiveSynchronized({ ...segment, syn: false, sequence: (segment.sequence + 1) >>> 0 });
      return;
    }
    if (!receiver.accepts(start, length)) {
      if (!segment.rst) this.#answerUnacceptable(segment);
      return;
    }
    if (segment.rst) {
      if (start !== receiver.next) {
        this.#challenge();
        return;
      }
      this.#end(this.#state === "time-wait" ? undefined : reset(this.#options.remote));
      return;
    }
    if (segment.syn) {
      this.#challenge();
      return;
    }
    if (!segment.ack) return;
    if (this.#sender === undefined && !this.#finishHandshake(segment)) return;
    if (this.#acknowledge(segment, start) && !this.#isClosed) this.#takeData(segment, start);
  }

  /** Whether the segment acknowledges our SYN. */
  #finishHandshake(segment: TcpSegment): boolean {
    if ((segment.acknowledgment - this.#options.initialSequence) >>> 0 !== 1) {
      this.#emit({ sequence: segment.acknowledgment, flags: TCP_FLAG.rst, window: 0 });
      return false;
    }
    this.#establish(segment);
    return !this.#isClosed;
  }

  /** Whoever hears of something may end the connection at once. */
  get #isClosed(): boolean {
    return this.#state === "closed";
  }

  #acknowledge(segment: TcpSegment, start: number): boolean {
    const sender = this.#sender as Sender;
    const wire = (this.#options.initialSequence + sender.unacknowledged) >>> 0;
    const place = sender.unacknowledged + ((segment.acknowledgment - wire) | 0);
    if (place > sender.furthest || place < sender.oldest) {
      this.#challenge();
      return false;
    }
    const bare = segment.payload.length === 0 && !segment.fin;
    sender.acknowledge(place, segment.window << this.#peerShift, start, bare);
    if (!sender.isFinished || this.#isFinished) return true;
    this.#isFinished = true;
    this.#options.events.onFinished();
    if (this.#state === "fin-wait-1") {
      this.#state = "fin-wait-2";
      this.#lingerIfOrphaned();
    } else if (this.#state === "closing") this.#waitForOldSegments();
    else if (this.#state === "last-ack") {
      this.#end();
      return false;
    }
    return true;
  }

  #takeData(segment: TcpSegment, start: number): void {
    const receiver = this.#receiver as Receiver;
    const length = segment.payload.length;
    if ((length === 0 && !segment.fin) || this.#hasReceivedEnd) return;
    // What nobody will ever read: the other side is told so (RFC 9293 §3.6, RFC 1122 §4.2.2.13).
    if (length > 0 && this.#orphaned && this.#isFinishing) {
      this.abort(unread());
      return;
    }
    const [before, hadGaps] = [receiver.next, receiver.hasGaps];
    receiver.take(start, segment.payload, segment.fin);
    const isInOrder = receiver.next > before && !hadGaps && !receiver.hasGaps;
    this.#unacknowledged += receiver.next - before;
    if (receiver.isFinished) this.#onEndReceived();
    const isMuch = this.#unacknowledged >= 2 * segmentSizeOf(this.#options.mtu);
    if (!isInOrder || segment.psh || segment.fin || isMuch) this.#sendAck();
    else if (!this.#delayedAck.isSet) this.#delayedAck.set(DELAYED_ACK_MS);
    if (receiver.next > before) this.#options.events.onReadable();
  }

  get #hasReceivedEnd(): boolean {
    return (this.#receiver as Receiver).isFinished;
  }

  #onEndReceived(): void {
    if (this.#state === "established") this.#state = "close-wait";
    else if (this.#state === "fin-wait-1") this.#state = "closing";
    else if (this.#state === "fin-wait-2") this.#waitForOldSegments();
  }

  #waitForOldSegments(): void {
    this.#state = "time-wait";
    this.#keepAlive?.dispose();
    this.#linger.set(TIME_WAIT_MS);
    // Both ends have arrived: for the socket it is over, whatever may still be asked again.
    this.#options.events.onClosed(undefined);
  }

  #lingerIfOrphaned(): void {
    if (this.#orphaned && this.#isFinishing && this.#state === "fin-wait-2") this.#linger.set(ORPHAN_MS);
  }

  #answerUnacceptable(segment: TcpSegment): void {
    if (this.#state === "time-wait" && segment.fin) this.#linger.set(TIME_WAIT_MS);
    if (this.#state === "syn-received" && segment.syn) {
      this.#handshake.repeat();
      return;
    }
    if (segment.payload.length > 0 || segment.fin) this.#sendAck();
    else this.#challenge();
  }

  #challenge(): void {
    const now = this.#options.clock.now();
    if (now - this.#challengedAt < CHALLENGE_INTERVAL_MS) return;
    this.#challengedAt = now;
    this.#sendAck();
  }

  #sendAck(): void {
    this.#emit({ place: this.#sender?.sent ?? 1, flags: TCP_FLAG.ack, window: this.#window() });
  }

  #transmit(place: number, length: number, fin: boolean, push: boolean): void {
    const flags = TCP_FLAG.ack | (fin ? TCP_FLAG.fin : 0) | (push && length > 0 ? TCP_FLAG.psh : 0);
    this.#emit({ place, flags, window: this.#window(), length });
  }

  #window(): number {
    this.#unacknowledged = 0;
    this.#delayedAck.clear();
    return this.#receiver?.announce() ?? 0;
  }

  #emit(fields: {
    /** Of our stream; or the very number. */
    place?: number;
    sequence?: number;
    flags: number;
    window: number;
    length?: number;
    options?: Uint8Array;
  }): void {
    const { local, remote, initialSequence, offload } = this.#options;
    const { place = 0, sequence = (initialSequence + place) >>> 0, flags, window, length = 0, options } = fields;
    const isAck = (flags & TCP_FLAG.ack) !== 0;
    const frame = segmentFrame(
      {
        source: local.address,
        destination: remote.address,
        sourcePort: local.port,
        destinationPort: remote.port,
        ttl: this.hopLimit,
        sequence,
        acknowledgment: isAck ? this.#wireNext : 0,
        flags,
        window,
        ...(options && { options }),
      },
      length,
      (target) => this.#sender?.copy(place, target),
      { segmentSize: this.#handshake.segmentSize, offload },
    );
    this.#options.send(frame);
  }

  #end(error?: CloudError): void {
    if (this.#state === "closed") return;
    const wasTold = this.#state === "time-wait";
    this.#state = "closed";
    this.#handshake.dispose();
    this.#sender?.dispose();
    this.#delayedAck.dispose();
    this.#linger.dispose();
    this.#keepAlive?.dispose();
    this.#options.release();
    if (!wasTold) this.#options.events.onClosed(error);
  }
}
