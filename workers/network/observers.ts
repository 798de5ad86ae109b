import type { Clock } from "../../src/base/clock.ts";
import { CloudError } from "../../src/base/errors.ts";
import { type CaptureOptions, PacketCapture } from "../../src/network/capture/packet-capture.ts";
import type { FlowLog } from "../../src/network/flow-log/flow-log.ts";
import type { FlowLogRecord } from "../../src/network/flow-log/flow-record.ts";
import { finish } from "../../src/network/frames/finish.ts";
import type { Network } from "../../src/network/network.ts";
import type { Incident } from "../../src/network/switch/counters.ts";
import { pumpInto } from "../../src/protocol/port-stream.ts";

/** What is used of the network. */
export interface ObservedNetwork extends Pick<Network, "tap" | "incidents"> {
  readonly filter: { readonly flowLog: Pick<FlowLog, "records" | "live"> };
}

/** Each has up to 64 MiB that wait for their reader. */
const MAX_CAPTURES = 8;

/** Who looks at what passes an interface. */
export class Observers {
  readonly #network: ObservedNetwork;
  readonly #clock: Clock;
  #captures = 0;

  constructor(network: ObservedNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  flowLog(interfaceId: string): FlowLogRecord[] {
    return this.#network.filter.flowLog.records(interfaceId);
  }

  /** What its guest has claimed to be, and is not. */
  incidents(interfaceId: string): Incident[] {
    return [...this.#network.incidents(interfaceId)];
  }

  /** Posts lists of records, as `FlowLog.live` tells of them, until anything comes back. */
  async followFlowLog(interfaceId: string, port: MessagePort): Promise<void> {
    await new Promise<void>((resolve) => {
      const subscription = this.#network.filter.flowLog.live((records) => {
        const own = records.filter((record) => record.interfaceId === interfaceId);
        if (own.length > 0) port.postMessage(own);
      });
      port.onmessage = () => {
        subscription.dispose();
        port.close();
        resolve();
      };
    });
  }

  /** Gives the file to the port's reader, until that cancels. Frames are as on a wire: with checksums, and cut. */
  async capture(interfaceId: string, options: CaptureOptions, port: MessagePort): Promise<void> {
    if (this.#captures >= MAX_CAPTURES) {
      const text = `There are ${MAX_CAPTURES} captures already: end one, then try again.`;
      throw new CloudError("Network.CaptureLimitExceeded", text, { limit: MAX_CAPTURES });
    }
    let end = () => {};
    const capture = new PacketCapture(interfaceId, options, this.#clock, () => end());
    const tap = this.#network.tap(interfaceId, (direction, frame) => {
      for (const bytes of finish(frame)) capture.write(direction, bytes);
    });
    end = () => tap.dispose();
    this.#captures++;
    try {
      await pumpInto(port, capture.readable);
    } finally {
      this.#captures--;
      tap.dispose();
      port.close();
    }
  }
}
