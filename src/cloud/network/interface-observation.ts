import { CloudError } from "../../base/errors.ts";
import type { CaptureOptions } from "../../network/capture/packet-capture.ts";
import type { FlowLogRecord, FlowRecord } from "../../network/flow-log/flow-record.ts";
import type { Incident } from "../../network/switch/counters.ts";
import { endOf } from "../../protocol/carriage.ts";
import { readPort } from "../../protocol/port-stream.ts";
import type { PacketNetwork } from "./network-in-force.ts";

type Packets = Pick<PacketNetwork, "client"> | undefined;

/** A listener that takes its time is told of the latest state of so many flows, and of no older ones. */
const MAX_PENDING = 2000;

export type FlowLogListener = (records: readonly FlowRecord[]) => void | Promise<void>;

/** Of one interface, oldest first; empty before anything has run. */
export async function flowLogOf(packets: Packets, interfaceId: string): Promise<FlowLogRecord[]> {
  return ((await (await packets?.client())?.flowLog(interfaceId)) ?? []) as FlowLogRecord[];
}

/** What an interface's guest has claimed to be, and is not; oldest first. Empty before anything has run. */
export async function incidentsOf(packets: Packets, interfaceId: string): Promise<Incident[]> {
  return ((await (await packets?.client())?.incidents(interfaceId)) ?? []) as Incident[];
}

/** Tells of flows that have begun, grown or ended, until the signal aborts, or the tab is gone that the listener is of. */
export async function followFlowLog(
  packets: Packets,
  interfaceId: string,
  listener: FlowLogListener,
  signal?: AbortSignal,
): Promise<void> {
  const client = await clientOf(packets, interfaceId);
  const end = endOf(listener);
  if (signal?.aborted || end?.aborted) return;
  const { port1, port2 } = new MessageChannel();
  const pending = new Map<number, FlowRecord>();
  const stop = () => port1.postMessage("stop");
  let failed: unknown;
  let isTelling = false;
  const tell = async () => {
    isTelling = true;
    try {
      while (pending.size > 0 && !signal?.aborted) {
        const records = [...pending.values()];
        pending.clear();
        await listener(records);
      }
    } catch (error) {
      failed = error;
      stop();
    } finally {
      isTelling = false;
    }
  };
  port1.onmessage = ({ data }: MessageEvent<readonly FlowRecord[]>) => {
    for (const record of data) pending.set(record.id, record);
    for (const id of pending.keys()) {
      if (pending.size <= MAX_PENDING) break;
      pending.delete(id);
    }
    if (!isTelling) void tell();
  };
  signal?.addEventListener("abort", stop, { once: true });
  end?.addEventListener("abort", stop, { once: true });
  try {
    await client.followFlowLog(interfaceId, port2);
  } finally {
    signal?.removeEventListener("abort", stop);
    end?.removeEventListener("abort", stop);
    port1.close();
  }
  if (failed !== undefined) throw failed;
}

/** A pcapng file of what passes from now on; it ends when its reader cancels it. */
export async function captureOf(
  packets: Packets,
  interfaceId: string,
  options: CaptureOptions,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const client = await clientOf(packets, interfaceId);
  const { port1, port2 } = new MessageChannel();
  const over = new AbortController();
  const { snapLength, bufferBytes } = options;
  const asked = { ...(snapLength !== undefined && { snapLength }), ...(bufferBytes !== undefined && { bufferBytes }) };
  const stream = readPort(port1, { signal: over.signal });
  const capturing = client.capture(interfaceId, asked, port2);
  capturing.catch((error: unknown) => over.abort(error));
  // What is refused is refused at once: the first answer after it comes behind the refusal.
  await Promise.race([capturing, client.counters()]);
  over.signal.throwIfAborted();
  return stream;
}

async function clientOf(packets: Packets, interfaceId: string) {
  const client = await packets?.client();
  if (client !== undefined) return client;
  const text = `Nothing passes at '${interfaceId}': no instance has run since this page was opened. Start one first.`;
  throw new CloudError("IncorrectState", text, { networkInterfaceId: interfaceId });
}
