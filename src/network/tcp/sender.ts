import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import { ByteRing } from "./byte-ring.ts";
import { Congestion } from "./congestion.ts";
import type { RetransmissionTimeout } from "./retransmission-timeout.ts";
import { Timer } from "./timer.ts";

export interface SenderOptions {
  readonly clock: Clock;
  readonly timeout: RetransmissionTimeout;
  /** Bytes of payload in one segment of the path. */
  readonly segmentSize: number;
  /** Bytes of payload in one frame: a multiple of the segment's where frames may be several segments. */
  readonly frameSize: number;
  /** Bytes that may wait to be acknowledged; a power of two. */
  readonly bufferSize: number;
  /** The window that the other side gave when the connection was opened. */
  readonly window: number;
  /** Sends `length` bytes from `place` on, with FIN behind them when `fin`; `push`: nothing more is there to send. */
  transmit(place: number, length: number, fin: boolean, push: boolean): void;
  /** The other side has not answered for too long. */
  fail(): void;
  /** There is room again. */
  onRoom(): void;
}

/** How often something is sent without an answer before the connection is given up: 100 s at least (RFC 9293 §3.8.3, R2). */
const MAX_UNANSWERED = 12;

/**
 * The half of a connection that sends (RFC 9293 §3.8). Places count the stream's bytes from 1 on (0 is the SYN's), so that
 * nothing wraps; FIN has the place after the last byte.
 */
export class Sender implements Disposable {
  readonly #options: SenderOptions;
  readonly #ring: ByteRing;
  readonly #congestion: Congestion;
  readonly #timer: Timer;
  /** The first that is not acknowledged, the next to be sent, and the first that has never been. */
  #unacknowledged = 1;
  #next = 1;
  #sent = 1;
  /** Behind what was sent beyond the window to have it told: it may have been taken. */
  #probed = 1;
  /** Where what has been written ends. */
  #end = 1;
  #finishing = false;
  #window: number;
  #largestWindow: number;
  /** Where the other side's stream and ours were when it last told its window. */
  #windowFrom = { sequence: 0, acknowledgment: 0 };
  #measuring: { readonly place: number; readonly since: number } | undefined;
  #unanswered = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#ring = new ByteRing(options.bufferSize);
    this.#congestion = new Congestion(options.segmentSize, 2 * options.bufferSize);
    this.#timer = new Timer(options.clock, () => this.#onTimer());
    this.#window = options.window;
    this.#largestWindow = options.window;
  }

  get unacknowledged(): number {
    return this.#unacknowledged;
  }
  /** The first place that has never been sent: what a segment without data begins at. */
  get sent(): number {
    return this.#sent;
  }
  /** No acknowledgement goes beyond. */
  get furthest(): number {
    return Math.max(this.#sent, this.#probed);
  }
  /** Nor is it older than the largest window: whoever sends such has guessed (RFC 5961 §5.2). */
  get oldest(): number {
    return this.#unacknowledged - this.#largestWindow;
  }
  /** Bytes that can be written now. */
  get room(): number {
    return this.#options.bufferSize - (this.#end - Math.min(this.#unacknowledged, this.#end));
  }
  /** All that was written, and FIN, has arrived. */
  get isFinished(): boolean {
    return this.#finishing && this.#unacknowledged > this.#end;
  }

  /** Takes as much as there is room for; gives how many bytes that was. */
  write(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.room);
    this.#ring.write(this.#end - this.#unacknowledged, bytes.subarray(0, taken));
    this.#end += taken;
    this.pump();
    return taken;
  }

  /** Nothing more is written: FIN follows. */
  finish(): void {
    this.#finishing = true;
    this.pump();
  }

  copy(place: number, target: Uint8Array): void {
    this.#ring.read(place - this.#unacknowledged, target);
  }

  /**
   * An acknowledgement that is not beyond `furthest`, in a segment that began at the other stream's `sequence`; `bare`: with
   * neither payload nor FIN.
   */
  acknowledge(place: number, window: number, sequence: number, bare: boolean): void {
    if (place < this.#unacknowledged) return;
    const windowWas = this.#window;
    this.#updateWindow(window, sequence, place);
    if (this.#window === 0 || windowWas === 0) this.#unanswered = 0;
    if (windowWas === 0 && this.#window > 0) this.#leavePersist();
    if (place > this.#unacknowledged) this.#advance(place);
    else if (bare && window === windowWas && window > 0 && this.#sent > this.#unacknowledged) this.#onDuplicate();
    this.pump();
  }

  /** Sends what may be sent. */
  pump(): void {
    for (;;) {
      const flight = this.#next - this.#unacknowledged;
      const room = Math.min(this.#window, this.#congestion.window) - flight;
      const length = this.#lengthToSend(room);
      const fin = this.#mayFinish(this.#next + length) && room > length;
      if (length === 0 && !fin) break;
      this.#transmit(this.#next, length, fin);
      this.#next += length + (fin ? 1 : 0);
    }
    this.#setTimer();
  }

  dispose(): void {
    this.#timer.dispose();
    this.#ring.clear();
  }

  #mayFinish(place: number): boolean {
    return this.#finishing && place === this.#end;
  }

  /** With the sender's part of avoiding silly windows (RFC 9293 §3.8.6.2.1); without Nagle's: who writes, writes whole. */
  #lengthToSend(room: number): number {
    const { segmentSize, frameSize } = this.#options;
    const unsent = this.#end - this.#next;
    const length = Math.min(unsent, room, frameSize);
    if (length <= 0) return 0;
    if (length === unsent) return length;
    if (length >= segmentSize) return length - (length % segmentSize);
    return length >= this.#largestWindow / 2 || this.#next < this.#sent ? length : 0;
  }

  #transmit(place: number, length: number, fin: boolean): void {
    const end = place + length + (fin ? 1 : 0);
    if (place < this.#sent) this.#measuring = undefined;
    else this.#measuring ??= { place: end, since: this.#options.clock.now() };
    this.#sent = Math.max(this.#sent, end);
    this.#options.transmit(place, length, fin, place + length === this.#end);
  }

  /** RFC 9293 §3.10.7.4: an older segment does not change what a newer one has said. */
  #updateWindow(window: number, sequence: number, acknowledgment: number): void {
    const from = this.#windowFrom;
    if (sequence < from.sequence || (sequence === from.sequence && acknowledgment < from.acknowledgment)) return;
    this.#window = window;
    this.#largestWindow = Math.max(this.#largestWindow, window);
    this.#windowFrom = { sequence, acknowledgment };
  }

  #leavePersist(): void {
    this.#options.timeout.forgetBackOff();
    this.#timer.clear();
  }

  #advance(place: number): void {
    const acknowledged = place - this.#unacknowledged;
    this.#ring.drop(Math.min(place, this.#end) - Math.min(this.#unacknowledged, this.#end));
    this.#unacknowledged = place;
    this.#next = Math.max(this.#next, place);
    this.#sent = Math.max(this.#sent, place);
    this.#unanswered = 0;
    this.#timer.clear();
    if (this.#measuring !== undefined && place >= this.#measuring.place) {
      this.#options.timeout.measured(this.#options.clock.now() - this.#measuring.since);
      this.#measuring = undefined;
    }
    if (this.#congestion.onProgress(acknowledged, place, this.#sent - place)) this.#resend();
    this.#options.onRoom();
  }

  #onDuplicate(): void {
    const flight = this.#sent - this.#unacknowledged;
    if (this.#congestion.onDuplicate(this.#unacknowledged, this.#sent, flight)) this.#resend();
  }

  /** Once more what the other side waits for. */
  #resend(): void {
    const there = Math.min(this.#sent, this.#end) - this.#unacknowledged;
    const { segmentSize, frameSize } = this.#options;
    const most = Math.min(frameSize, this.#congestion.resendSize, Math.max(this.#window, 1));
    const length = Math.min(there, most >= segmentSize ? most - (most % segmentSize) : most);
    const place = this.#unacknowledged;
    const fin = this.#mayFinish(place + length) && this.#sent > this.#end;
    if (length > 0 || fin) this.#transmit(place, length, fin);
  }

  /** One timer for what is on its way (RFC 6298 §5), and for a window that is too small to send (RFC 9293 §3.8.6.1). */
  #setTimer(): void {
    const isOnItsWay = this.#sent > this.#unacknowledged;
    const waits = this.#end > this.#next || (this.#finishing && this.#next <= this.#end);
    if (!isOnItsWay && !waits) this.#timer.clear();
    else if (!this.#timer.isSet) this.#timer.set(this.#options.timeout.ms);
  }

  #onTimer(): void {
    this.#unanswered += 1;
    if (this.#unanswered > MAX_UNANSWERED) {
      this.#options.fail();
      return;
    }
    this.#options.timeout.backOff();
    const flight = this.#sent - this.#unacknowledged;
    if (flight === 0 || this.#window === 0) {
      this.#probe();
    } else {
      this.#congestion.onTimeout(this.#sent, flight, this.#unanswered > 1);
      this.#measuring = undefined;
      // Go back: what the other side has of what follows, its acknowledgement will tell.
      this.#next = this.#unacknowledged;
    }
    this.pump();
  }

  /** Something that has to be answered: what fits into the window, a byte at least. Its answer tells the window. */
  #probe(): void {
    const place = this.#unacknowledged;
    const most = Math.max(1, Math.min(this.#window, this.#options.segmentSize));
    const length = Math.min(Math.max(0, this.#end - place), most);
    const fin = length === 0;
    if (this.#window > 0) {
      this.#transmit(place, length, fin);
      this.#next = Math.max(this.#next, this.#sent);
    } else {
      this.#probed = place + 1;
      this.#options.transmit(place, length, fin, true);
    }
  }
}
