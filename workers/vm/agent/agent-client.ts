import { concat } from "../../../src/base/bytes.ts";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { CloudError } from "../../../src/base/errors.ts";
import type { ExecRequest } from "../../../src/protocol/vm-contract.ts";
import { AgentSession, type OpenConnection } from "./agent-session.ts";
import { ExecSession, type ExecStreams, execFrame } from "./exec-session.ts";
import type { Frame } from "./frame-reader.ts";
import { FRAME, frame, MAX_DATA_BYTES, MAX_REQUEST_BYTES, numbersFrame, PayloadReader, text } from "./frames.ts";
import type { ByteSource } from "./input-pump.ts";
import type { ByteSink } from "./output-pump.ts";

/** For a short request: a few milliseconds, and the rest for a guest that is busy on a small CPU share. */
export const SHORT_REQUEST_MS = 5_000;
/** To the agent's HELLO; then a program or a file may take as long as it takes. */
export const OPEN_MS = 30_000;

export interface FileInfo {
  /** As `stat` says; 0 for files of /proc. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly modifiedEpochMs: number;
}

export interface GuestInfo {
  readonly agentVersion: number;
  readonly uptimeMs: number;
  /** Changes with every boot of the guest. */
  readonly bootId: string;
  readonly hostname: string;
  readonly kernel: string;
  readonly machine: string;
}

/**
 * The host's end of images/agent/PROTOCOL.md. Every method rejects with a `CloudError`: the guest's own refusals
 * (see agent-errors.ts; `details.errno` names the kernel's error), `Agent.Unavailable` when the connection breaks,
 * `Agent.Timeout`, `Agent.Protocol`, `Agent.ProtocolVersion`, `InvalidParameterValue`.
 */
export class AgentClient {
  readonly #open: OpenConnection;
  readonly #clock: Clock;
  readonly #running = new Set<AbortController>();

  constructor(open: OpenConnection, clock: Clock = systemClock) {
    this.#open = open;
    this.#clock = clock;
  }

  /** Resolves when the agent has the request; see `ExecSession`. */
  async exec(request: ExecRequest, streams: ExecStreams): Promise<ExecSession> {
    const asked = execFrame(request);
    const controller = this.#begin();
    try {
      const session = await this.#openSession(asked, controller, OPEN_MS);
      const program = new ExecSession(session, streams);
      const onAbort = () => program.abort(controller.signal.reason as CloudError);
      controller.signal.addEventListener("abort", onAbort, { once: true });
      const over = () => this.#running.delete(controller);
      program.result.then(over, over);
      return program;
    } catch (thrown) {
      this.#running.delete(controller);
      throw thrown;
    }
  }

  /** Streams a file into `sink`. */
  async readFile(path: string, sink: ByteSink): Promise<FileInfo> {
    return await this.#request(pathFrame(FRAME.readFile, path), undefined, async (session) => {
      const info = fileInfo(expectFrame(await session.receive(), FRAME.file));
      for (;;) {
        const { type, payload } = await session.receive();
        if (type === FRAME.end || sink.cancelled) return info;
        expectFrame({ type, payload }, FRAME.data);
        await sink.write(payload.slice());
      }
    });
  }

  /** Replaces a file whole (A20). The source's error aborts, and leaves the old file. */
  async writeFile(path: string, mode: number, source: ByteSource): Promise<void> {
    const asked = pathFrame(FRAME.writeFile, path, numbers(mode));
    const reader = source.getReader();
    try {
      await this.#request(asked, undefined, async (session) => {
        const answer = session.receive();
        // Sending stops when the agent has answered already: that is an error of the file.
        await Promise.race([sendFile(session, reader), answer]);
        expectFrame(await answer, FRAME.ok);
      });
    } finally {
      // A source that is at its end, or has failed, has nothing left to cancel.
      reader.cancel().catch(() => {});
    }
  }

  /** Resolves when the guest has accepted; the machine goes down after that. */
  async shutdown(): Promise<void> {
    await this.#short(numbersFrame(FRAME.power, 0), FRAME.ok);
  }

  async reboot(): Promise<void> {
    await this.#short(numbersFrame(FRAME.power, 1), FRAME.ok);
  }

  async setClock(epochMs: number): Promise<void> {
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setBigInt64(0, BigInt(Math.round(epochMs)), true);
    await this.#short(frame(FRAME.setClock, payload), FRAME.ok);
  }

  async ping(): Promise<void> {
    await this.#short(frame(FRAME.ping), FRAME.pong);
  }

  async info(): Promise<GuestInfo> {
    return await this.#request(frame(FRAME.info), SHORT_REQUEST_MS, async (session) => {
      const fields = new PayloadReader(expectFrame(await session.receive(), FRAME.infoReply));
      const agentVersion = fields.u32();
      fields.u32();
      return {
        agentVersion,
        uptimeMs: fields.u64(),
        bootId: fields.string(),
        hostname: fields.string(),
        kernel: fields.string(),
        machine: fields.string(),
      };
    });
  }

  /** Ends everything that runs: it rejects with `reason` (A3). */
  dropAll(reason: CloudError): void {
    for (const controller of [...this.#running]) controller.abort(reason);
  }

  async #short(asked: Uint8Array, answer: number): Promise<void> {
    await this.#request(asked, SHORT_REQUEST_MS, async (session) => {
      expectFrame(await session.receive(), answer);
    });
  }

  async #request<T>(
    asked: Uint8Array,
    limitMs: number | undefined,
    use: (session: AgentSession) => Promise<T>,
  ): Promise<T> {
    const controller = this.#begin();
    const cancelLimit =
      limitMs === undefined ? () => {} : this.#clock.setTimer(limitMs, () => timeOut(controller, limitMs));
    let session: AgentSession | undefined;
    const onAbort = () => session?.end(controller.signal.reason as CloudError);
    controller.signal.addEventListener("abort", onAbort, { once: true });
    try {
      session = await this.#openSession(asked, controller, OPEN_MS);
      return await use(session);
    } finally {
      cancelLimit();
      session?.end();
      this.#running.delete(controller);
    }
  }

  async #openSession(asked: Uint8Array, controller: AbortController, limitMs: number): Promise<AgentSession> {
    const cancelLimit = this.#clock.setTimer(limitMs, () => timeOut(controller, limitMs));
    try {
      return await AgentSession.open(this.#open, asked, controller.signal);
    } finally {
      cancelLimit();
    }
  }

  #begin(): AbortController {
    const controller = new AbortController();
    this.#running.add(controller);
    return controller;
  }
}

async function sendFile(
  session: AgentSession,
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let offset = 0; offset < value.byteLength; offset += MAX_DATA_BYTES) {
      await session.send(frame(FRAME.data, value.subarray(offset, offset + MAX_DATA_BYTES)));
    }
  }
  await session.send(frame(FRAME.end));
}

function pathFrame(type: number, path: string, before: Uint8Array = new Uint8Array(0)): Uint8Array {
  const asked = frame(type, concat([before, text(path)]));
  if (asked.byteLength > MAX_REQUEST_BYTES) throw new CloudError("InvalidParameterValue", "The path is too long.");
  return asked;
}

function numbers(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function fileInfo(payload: Uint8Array): FileInfo {
  const fields = new PayloadReader(payload);
  const size = fields.u64();
  const mode = fields.u32();
  fields.u32();
  return { size, mode, modifiedEpochMs: fields.i64() };
}

/** The payload of a frame that must be of this type. */
function expectFrame(got: Frame, type: number): Uint8Array {
  if (got.type === type) return got.payload;
  throw new CloudError("Agent.Protocol", `The guest agent answered with a frame of type ${got.type}, not ${type}.`);
}

function timeOut(controller: AbortController, limitMs: number): void {
  controller.abort(
    new CloudError("Agent.Timeout", `The guest's agent did not answer within ${limitMs / 1000} s.`, {
      timeoutMs: limitMs,
    }),
  );
}
