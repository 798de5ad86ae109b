import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { type Disposable, DisposableStore } from "../../../src/base/disposable.ts";
import { CloudError, toCloudError } from "../../../src/base/errors.ts";
import { PortWriter, readPort } from "../../../src/protocol/port-stream.ts";
import type { ExecRequest, ExecResult } from "../../../src/protocol/vm-contract.ts";
import { AgentClient, type GuestInfo } from "./agent-client.ts";
import { unavailable } from "./agent-errors.ts";
import { type AgentIdentity, AgentPresence } from "./agent-presence.ts";
import type { AgentConnection } from "./agent-session.ts";
import type { ExecSession } from "./exec-session.ts";
import { AGENT_PORT, CONTROL_PORT, FIRST_UNPRIVILEGED_PORT } from "./frames.ts";
import { type GuestProgram, type GuestProgramResult, TextSink } from "./guest-program.ts";

/** How long a program or a file request waits for a guest that still boots. */
export const READY_WAIT_MS = 60_000;
/** How long a short request waits: with the request itself it stays within the contract's 10 s. */
const SHORT_READY_WAIT_MS = 4_000;
/** After its time limit a program gets SIGTERM, and SIGKILL 2 s later (A16). One that is still there then is stuck. */
const STUCK_MS = 5_000;

export interface IncomingConnection extends AgentConnection {
  /** The guest's port. */
  readonly peerPort: number;
}

/** The part of a socket device that the agent needs; `VirtioVsock` has it. */
export interface AgentTransport {
  connect(port: number, signal: AbortSignal): Promise<AgentConnection>;
  listen(port: number, onConnection: (connection: IncomingConnection) => void): Disposable;
}

export interface ExecPorts {
  readonly stdin: MessagePort | null;
  readonly stdout: MessagePort;
  readonly stderr: MessagePort;
  readonly control: MessagePort;
}

export interface AgentServiceOptions {
  readonly transport: AgentTransport;
  readonly onReady: (identity: AgentIdentity) => void;
  readonly onLost: () => void;
  readonly clock?: Clock;
}

/**
 * The agent's part of `vmContract`, for the worker's entry to delegate to: programs and files over message ports, and
 * the short requests. Whatever needs the agent waits for it, and rejects with `Agent.Unavailable` when it does not
 * come, when it goes, and at once after `close`.
 */
export class AgentService implements Disposable {
  readonly #client: AgentClient;
  readonly #presence: AgentPresence;
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();

  constructor({ transport, onReady, onLost, clock = systemClock }: AgentServiceOptions) {
    this.#clock = clock;
    this.#client = new AgentClient((signal) => transport.connect(AGENT_PORT, signal), clock);
    const listener = {
      onReady,
      onLost: (reason: CloudError) => {
        this.#client.dropAll(reason);
        onLost();
      },
    };
    this.#presence = new AgentPresence(listener, clock);
    this.#owned.add(transport.listen(CONTROL_PORT, (connection) => this.#accept(connection)));
  }

  /** Any user of the guest can connect; only root can have such a port. */
  #accept(connection: IncomingConnection): void {
    if (connection.peerPort < FIRST_UNPRIVILEGED_PORT) void this.#presence.accept(connection);
    else connection.reset();
  }

  /** What the agent said when it connected; `undefined` while it is not there. */
  get identity(): AgentIdentity | undefined {
    return this.#presence.identity;
  }

  /** Runs a program. Its streams' ports end with it; when it fails, they fail with the same error. */
  async exec(request: ExecRequest, ports: ExecPorts): Promise<ExecResult> {
    const stdout = new PortWriter(ports.stdout);
    const stderr = new PortWriter(ports.stderr);
    // Signals that come before the program runs are sent when it does.
    const early: string[] = [];
    let program: ExecSession | undefined;
    ports.control.onmessage = ({ data }: MessageEvent<unknown>) => {
      const name = signalOf(data);
      if (name === undefined) return;
      if (program === undefined) early.push(name);
      else sendSignal(program, name);
    };
    try {
      await this.#presence.ready(READY_WAIT_MS);
      const stdin = ports.stdin === null ? null : readPort(ports.stdin);
      program = await this.#client.exec({ ...request, hasStdin: stdin !== null }, { stdin, stdout, stderr });
      for (const name of early) sendSignal(program, name);
      const result = await program.result;
      stdout.end();
      stderr.end();
      return result;
    } catch (thrown) {
      stdout.fail(thrown);
      stderr.fail(thrown);
      throw thrown;
    } finally {
      ports.control.close();
      // Without a program nobody has read it: tell its writer that nobody will.
      if (program === undefined && ports.stdin !== null) await readPort(ports.stdin).cancel();
    }
  }

  /** Runs a program of the machine's own. Rejects with `Agent.Timeout` when the guest cannot even end it. */
  async run({ waitMs = SHORT_READY_WAIT_MS, stdin, ...program }: GuestProgram): Promise<GuestProgramResult> {
    await this.#presence.ready(waitMs);
    const stdout = new TextSink(program.onStdout);
    const stderr = new TextSink();
    const { command, timeoutMs } = program;
    const request = { command, timeoutMs, hasStdin: stdin !== undefined };
    const running = await this.#client.exec(request, { stdin: stdin ?? null, stdout, stderr });
    const cancel = this.#clock.setTimer(timeoutMs + STUCK_MS, () =>
      running.abort(new CloudError("Agent.Timeout", "A program is stuck in the guest.", { timeoutMs })),
    );
    try {
      const result = await running.result;
      return { ...result, stdout: stdout.text, stderr: stderr.text };
    } finally {
      cancel();
    }
  }

  /** Streams a file into `port`; an error goes both there and to the caller. */
  async readFile(path: string, port: MessagePort): Promise<void> {
    const writer = new PortWriter(port);
    try {
      await this.#presence.ready(READY_WAIT_MS);
      await this.#client.readFile(path, writer);
      writer.end();
    } catch (thrown) {
      writer.fail(thrown);
      throw thrown;
    }
  }

  /** Replaces a file with what comes through `port`, whole or not at all. */
  async writeFile(path: string, { mode }: { mode: number }, port: MessagePort): Promise<void> {
    const source = readPort(port);
    try {
      await this.#presence.ready(READY_WAIT_MS);
    } catch (thrown) {
      await source.cancel();
      throw thrown;
    }
    await this.#client.writeFile(path, mode, source);
  }

  async shutdown(): Promise<void> {
    await this.#presence.ready(SHORT_READY_WAIT_MS);
    await this.#client.shutdown();
  }

  async reboot(): Promise<void> {
    await this.#presence.ready(SHORT_READY_WAIT_MS);
    await this.#client.reboot();
  }

  async setClock(epochMs: number): Promise<void> {
    await this.#presence.ready(SHORT_READY_WAIT_MS);
    await this.#client.setClock(epochMs);
  }

  async ping(): Promise<void> {
    await this.#presence.ready(SHORT_READY_WAIT_MS);
    await this.#client.ping();
  }

  async info(): Promise<GuestInfo> {
    await this.#presence.ready(SHORT_READY_WAIT_MS);
    return await this.#client.info();
  }

  /** The machine is off: what runs and what comes rejects with `Agent.Unavailable` at once. */
  close(why = "The machine is off. Start the instance first."): void {
    const reason = unavailable(why);
    this.#presence.close(reason);
    this.#client.dropAll(toCloudError(reason));
  }

  dispose(): void {
    this.#owned.dispose();
    this.close();
  }
}

/** `{ signal: "SIGINT" }`; anything else on the control port is ignored. */
function signalOf(message: unknown): string | undefined {
  const name = (message as { signal?: unknown } | null)?.signal;
  return typeof name === "string" ? name : undefined;
}

/** A name that is no signal has no one to be told: the sender's types keep it out. */
function sendSignal(program: ExecSession, name: string): void {
  try {
    program.signal(name);
  } catch {
    // See above.
  }
}
