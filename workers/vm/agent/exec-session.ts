import { concat } from "../../../src/base/bytes.ts";
import { CloudError, toCloudError } from "../../../src/base/errors.ts";
import type { ExecRequest, ExecResult } from "../../../src/protocol/vm-contract.ts";
import type { AgentSession } from "./agent-session.ts";
import type { Frame } from "./frame-reader.ts";
import { FRAME, frame, MAX_REQUEST_BYTES, numbers16, numbersFrame, PayloadReader, text } from "./frames.ts";
import { type ByteSource, InputPump } from "./input-pump.ts";
import { signalName, signalNumber } from "./linux-numbers.ts";
import { type ByteSink, OUTPUT_WINDOW_BYTES, OutputPump } from "./output-pump.ts";

export interface ExecStreams {
  /** `null`: the program's stdin is empty. */
  readonly stdin: ByteSource | null;
  readonly stdout: ByteSink;
  readonly stderr: ByteSink;
}

const STREAM_STDIN = 0;
const STREAM_STDOUT = 1;
const STREAM_STDERR = 2;
const FLAG_STDIN = 1;
const FLAG_SIGNALLED = 1;
const FLAG_TIMED_OUT = 2;
const NO_LIMIT = 0;
const MAX_LIMIT_MS = 0xffff_ffff;

/** The EXEC frame. Throws `InvalidParameterValue` for what cannot be sent. */
export function execFrame(request: ExecRequest): Uint8Array<ArrayBuffer> {
  const shell = typeof request.command === "string";
  const argv = shell ? ["/bin/sh", "-c", request.command as string] : (request.command as string[]);
  const environment = Object.entries(request.env ?? {});
  if (argv.length === 0 || argv[0] === "") throw invalid("There is no command to run.");
  if (environment.some(([name]) => name === "" || name.includes("="))) {
    throw invalid('The name of an environment variable must not be empty nor contain "=".');
  }
  const limit = request.timeoutMs === undefined ? NO_LIMIT : Math.min(Math.max(1, request.timeoutMs), MAX_LIMIT_MS);
  const payload = concat([
    numbersOf(request.hasStdin ? FLAG_STDIN : 0, Math.ceil(limit), OUTPUT_WINDOW_BYTES, OUTPUT_WINDOW_BYTES),
    numbers16(argv.length, environment.length),
    text(request.cwd ?? "", request.user ?? ""),
    text(...argv),
    text(...environment.map(([name, value]) => `${name}=${value}`)),
  ]);
  if (payload.byteLength > MAX_REQUEST_BYTES || argv.length > 0xffff || environment.length > 0xffff) {
    throw invalid(`The command, its arguments and environment are together more than ${MAX_REQUEST_BYTES} bytes.`);
  }
  return frame(FRAME.exec, payload);
}

/** A program that has been asked for. The session is over when `result` is settled. */
export class ExecSession {
  readonly result: Promise<ExecResult>;
  readonly #session: AgentSession;
  readonly #stdin: InputPump;
  readonly #stdout: OutputPump;
  readonly #stderr: OutputPump;

  constructor(session: AgentSession, streams: ExecStreams) {
    this.#session = session;
    this.#stdin = new InputPump((frames) => session.send(frames));
    this.#stdout = this.#pump(STREAM_STDOUT, streams.stdout);
    this.#stderr = this.#pump(STREAM_STDERR, streams.stderr);
    this.result = this.#run(streams.stdin);
  }

  /** Sends "SIGINT" and the like to the program's process group. Throws `InvalidParameterValue` for other names. */
  signal(name: string): void {
    const number = signalNumber(name);
    if (number === undefined) throw invalid(`There is no signal "${name}".`);
    this.#sendLater(numbersFrame(FRAME.signal, number));
  }

  /** Kills the program (A18); `result` rejects with `reason`. */
  abort(reason: CloudError): void {
    this.#session.end(reason);
  }

  async #run(stdin: ByteSource | null): Promise<ExecResult> {
    if (stdin !== null) {
      // A source that fails must not look like one that ended.
      this.#stdin.run(stdin).catch((thrown: unknown) => this.abort(toCloudError(thrown)));
    }
    try {
      for (;;) {
        const result = this.#onFrame(await this.#session.receive());
        if (result === undefined) continue;
        await Promise.all([this.#stdout.drained(), this.#stderr.drained()]);
        return result;
      }
    } finally {
      this.#stdin.stop();
      this.#session.end();
    }
  }

  #onFrame({ type, payload }: Frame): ExecResult | undefined {
    switch (type) {
      case FRAME.stdout:
        this.#stdout.push(payload);
        return undefined;
      case FRAME.stderr:
        this.#stderr.push(payload);
        return undefined;
      case FRAME.grant: {
        const fields = new PayloadReader(payload);
        if (fields.u32() === STREAM_STDIN) this.#stdin.grant(fields.u32());
        return undefined;
      }
      case FRAME.stdinClosed:
        this.#stdin.stop();
        return undefined;
      case FRAME.started:
        return undefined;
      case FRAME.exit:
        return exitOf(payload);
      default:
        throw new CloudError("Agent.Protocol", `The guest agent sent a frame of type ${type} during a program.`);
    }
  }

  #pump(stream: number, sink: ByteSink): OutputPump {
    return new OutputPump(sink, (bytes) => this.#sendLater(numbersFrame(FRAME.grant, stream, bytes)));
  }

  /** A connection that broke is what `result` rejects with. */
  #sendLater(frames: Uint8Array): void {
    this.#session.send(frames).catch(() => {});
  }
}

function exitOf(payload: Uint8Array): ExecResult {
  const fields = new PayloadReader(payload);
  const flags = fields.u32();
  const status = fields.u32();
  const signalled = (flags & FLAG_SIGNALLED) !== 0;
  return {
    exitCode: signalled ? 128 + status : status,
    signal: signalled ? signalName(status) : null,
    timedOut: (flags & FLAG_TIMED_OUT) !== 0,
  };
}

function numbersOf(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function invalid(message: string): CloudError {
  return new CloudError("InvalidParameterValue", message);
}
