import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import { enhancedPacket, interfaceDescription, interfaceStatistics, sectionHeader } from "./pcapng.ts";

/** tcpdump's: more than a frame has. */
export const MAX_SNAP_LENGTH = 262_144;

/** Bytes that wait to be read when nobody says otherwise: a minute of a busy guest's headers, or 8 MiB of transfer. */
export const DEFAULT_BUFFER_BYTES = 8 * 2 ** 20;

/** The most that may wait: it is memory of the tab's. */
export const MAX_BUFFER_BYTES = 64 * 2 ** 20;

export interface CaptureOptions {
  /** Bytes of each frame that are kept; all of them by default. */
  readonly snapLength?: number;
  /** Bytes of the file that may wait for the reader. What comes when they are there is left out, and counted. */
  readonly bufferBytes?: number;
}

/** pcapng's directions are the interface's, as the guest sees it; the network's are its own. */
const SEEN_BY_GUEST = { in: "outbound", out: "inbound" } as const;

export interface CaptureCounters {
  readonly captured: number;
  /** Frames that had no room because nobody had read. */
  readonly dropped: number;
}

/**
 * What passes an interface, as a pcapng file that Wireshark opens. `readable` gives it while it is made, block by block, and
 * ends after `stop`; cancelling it ends the capture.
 */
export class PacketCapture {
  readonly interfaceId: string;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #clock: Clock;
  readonly #snapLength: number;
  readonly #bufferBytes: number;
  readonly #onEnd: (capture: PacketCapture) => void;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #captured = 0;
  #dropped = 0;

  /**
   * `onEnd` is called once, when it wants no more frames. `InvalidParameterValue`: an option is out of its range.
   */
  constructor(interfaceId: string, options: CaptureOptions, clock: Clock, onEnd: (capture: PacketCapture) => void) {
    const { snapLength = MAX_SNAP_LENGTH, bufferBytes = DEFAULT_BUFFER_BYTES } = options;
    this.interfaceId = interfaceId;
    this.#snapLength = inRange("snapLength", snapLength, 64, MAX_SNAP_LENGTH);
    this.#bufferBytes = inRange("bufferBytes", bufferBytes, 64 * 1024, MAX_BUFFER_BYTES);
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.readable = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller;
          controller.enqueue(sectionHeader("tabvisor"));
          controller.enqueue(
            interfaceDescription({ name: interfaceId, description: `Interface ${interfaceId}`, snapLength }),
          );
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: this.#bufferBytes, size: (chunk) => chunk.byteLength },
    );
  }

  get counters(): CaptureCounters {
    return { captured: this.#captured, dropped: this.#dropped };
  }

  /** A frame passes: "in" to the network, from the guest. `comment` is shown beside it. */
  write(direction: "in" | "out", frame: Uint8Array, comment?: string): void {
    if (this.#controller === undefined) return;
    const bytes = frame.subarray(0, this.#snapLength);
    if ((this.#controller.desiredSize ?? 0) < bytes.length) {
      this.#dropped++;
      return;
    }
    this.#captured++;
    const packet = { time: this.#clock.now(), direction: SEEN_BY_GUEST[direction], bytes, length: frame.length };
    this.#controller.enqueue(enhancedPacket({ ...packet, ...(comment !== undefined && { comment }) }));
  }

  /** Ends the file: what was captured can still be read. */
  stop(): void {
    this.#controller?.enqueue(interfaceStatistics(this.#clock.now(), this.#captured + this.#dropped, this.#dropped));
    this.#controller?.close();
    this.#end();
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#onEnd(this);
  }
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const message = `${name} is ${value}: it must be a whole number from ${least} to ${most}.`;
  throw new CloudError("InvalidParameterValue", message, { [name]: value });
}
