import { DisposableStore } from "../base/disposable.ts";
import type { Client } from "../protocol/contract.ts";
import { pumpInto, readAll, readPort } from "../protocol/port-stream.ts";
import type { ExecRequest, VmContract } from "../protocol/vm-contract.ts";

export interface ExecOptions {
  readonly stdin?: string | Uint8Array | ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A user of the guest; root by default. */
  readonly user?: string;
  /** SIGTERM after so long, SIGKILL two seconds later. */
  readonly timeoutMs?: number;
  /** Aborting sends SIGTERM. */
  readonly signal?: AbortSignal;
  /** Output is kept up to this many bytes a stream, then `Stream.TooLong`; 256 MiB by default. */
  readonly maxOutputBytes?: number;
  /** Called with output as it comes; a returned promise holds the guest back. The result's stdout is empty then. */
  readonly onStdout?: OutputListener;
  readonly onStderr?: OutputListener;
}

export type OutputListener = (chunk: Uint8Array) => void | Promise<void>;

export interface ExecOutcome {
  /** Decoded as UTF-8; `stdoutBytes` is exact. */
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderrBytes: Uint8Array;
  /** 0–255; 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** "SIGTERM", … when a signal ended it. */
  readonly signal: string | null;
  readonly timedOut: boolean;
}

const MAX_OUTPUT_BYTES = 256 * 2 ** 20;
const NOTHING = new Uint8Array();

/** Runs a program in the guest and gathers its output. */
export async function exec(
  client: Client<VmContract>,
  command: string | readonly string[],
  options: ExecOptions,
): Promise<ExecOutcome> {
  const cleanUp = new DisposableStore();
  const channel = () => {
    const { port1, port2 } = new MessageChannel();
    cleanUp.defer(() => port1.close());
    return { here: port1, there: port2 };
  };
  const [out, err, control] = [channel(), channel(), channel()];
  const stdin = options.stdin === undefined ? undefined : channel();
  try {
    const limit = options.maxOutputBytes ?? MAX_OUTPUT_BYTES;
    const result = client.exec(toRequest(command, options), {
      stdin: stdin?.there ?? null,
      stdout: out.there,
      stderr: err.there,
      control: control.there,
    });
    const terminate = () => control.here.postMessage({ signal: "SIGTERM" });
    if (options.signal?.aborted) terminate();
    options.signal?.addEventListener("abort", terminate, { once: true });
    cleanUp.defer(() => options.signal?.removeEventListener("abort", terminate));
    // A program need not read its input to the end: whether all was sent is no part of the outcome.
    if (stdin !== undefined && options.stdin !== undefined)
      void pumpInto(stdin.here, toBytes(options.stdin)).catch(() => {});
    const stdout = collect(out.here, limit, options.onStdout);
    const stderr = collect(err.here, limit, options.onStderr);
    // A call that fails before the program runs never ends the streams: they must not be waited for then.
    stdout.catch(() => {});
    stderr.catch(() => {});
    const failedStream = Promise.all([stdout, stderr]).then(
      () => new Promise<never>(() => {}),
      (error: unknown) => {
        terminate();
        throw error;
      },
    );
    const outcome = await Promise.race([result, failedStream]);
    const [stdoutBytes, stderrBytes] = await Promise.all([stdout, stderr]);
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { stdout: decode(stdoutBytes), stderr: decode(stderrBytes), stdoutBytes, stderrBytes, ...outcome };
  } finally {
    cleanUp.dispose();
  }
}

export async function readFile(client: Client<VmContract>, path: string): Promise<Uint8Array> {
  const { port1, port2 } = new MessageChannel();
  const [bytes] = await Promise.all([readAll(readPort(port1), MAX_OUTPUT_BYTES), client.readFile(path, port2)]);
  return bytes;
}

export async function writeFile(
  client: Client<VmContract>,
  path: string,
  data: string | Uint8Array,
  mode: number,
): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await Promise.all([client.writeFile(path, { mode }, port2), pumpInto(port1, toBytes(data))]);
}

function toRequest(command: string | readonly string[], options: ExecOptions): ExecRequest {
  return {
    command: typeof command === "string" ? command : [...command],
    hasStdin: options.stdin !== undefined,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
}

async function collect(port: MessagePort, limit: number, listener: OutputListener | undefined): Promise<Uint8Array> {
  const stream = readPort(port);
  if (listener === undefined) return await readAll(stream, limit);
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return NOTHING;
    await listener(value);
  }
}

function toBytes<T>(data: string | T): Uint8Array | T {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}
