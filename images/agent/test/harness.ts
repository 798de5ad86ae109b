import { createHash } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { concat } from "../../../src/base/bytes.ts";
import type { ExecRequest, ExecResult } from "../../../src/protocol/vm-contract.ts";
import { AgentClient } from "../../../workers/vm/agent/agent-client.ts";
import type { ExecSession } from "../../../workers/vm/agent/exec-session.ts";
import type { ByteSink } from "../../../workers/vm/agent/output-pump.ts";
import { compileAgent, compiler, NativeAgent, type SocketConnection, until } from "./native-agent.ts";

/** What the suites of the native agent share: an agent per test, and the real client. */

export const isRoot = process.getuid?.() === 0;
export const ok = { exitCode: 0, signal: null, timedOut: false };

export class Collector implements ByteSink {
  readonly cancelled = false;
  readonly chunks: Uint8Array[] = [];
  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    // Moves the bytes away, as a port does.
    this.chunks.push(structuredClone(chunk, { transfer: [chunk.buffer] }));
  }
  get bytes(): Uint8Array {
    return concat(this.chunks);
  }
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}

/** Takes nothing until it is opened. */
export class Gate extends Collector {
  open = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
  override async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    await super.write(chunk);
    await this.#opened;
  }
}

export type Program = ExecSession & { stdout: Collector; stderr: Collector };

export interface StartOptions extends Partial<ExecRequest> {
  stdin?: ReadableStream<Uint8Array<ArrayBuffer>>;
  stdout?: Collector;
}

export class Fixture {
  readonly agent: NativeAgent;
  /** The agent's control connections, the latest last. */
  readonly controls: SocketConnection[];
  readonly client: AgentClient;

  constructor(agent: NativeAgent, controls: SocketConnection[]) {
    this.agent = agent;
    this.controls = controls;
    this.client = new AgentClient(() => agent.connect());
  }

  async start(command: string | string[], options: StartOptions = {}): Promise<Program> {
    const { stdin = null, stdout = new Collector(), ...request } = options;
    const stderr = new Collector();
    const streams = { stdin, stdout, stderr };
    const session = await this.client.exec({ command, hasStdin: stdin !== null, ...request }, streams);
    return Object.assign(session, { stdout, stderr });
  }

  async exec(
    command: string | string[],
    options: StartOptions = {},
  ): Promise<ExecResult & { out: string; err: string }> {
    const session = await this.start(command, options);
    const result = await session.result;
    return { ...result, out: session.stdout.text, err: session.stderr.text };
  }
}

/** Defines a suite in which `fixture()` is the test's own agent; skipped, visibly, where there is no C compiler. */
export function describeAgent(name: string, define: (fixture: () => Fixture) => void): void {
  const title = `the agent: ${name}${compiler === undefined ? " (skipped: there is no C compiler)" : ""}`;
  describe.skipIf(compiler === undefined)(title, () => {
    let program: string;
    let current: Fixture | undefined;
    const fixture = () => {
      if (current === undefined) throw new Error("only within a test");
      return current;
    };
    beforeAll(async () => {
      program = await compileAgent();
    }, 60_000);
    beforeEach(async () => {
      const controls: SocketConnection[] = [];
      const agent = await NativeAgent.start(program, (connection) => controls.push(connection));
      current = new Fixture(agent, controls);
      await until(() => controls.length > 0);
    });
    afterEach(async () => {
      const { agent } = fixture();
      try {
        expect(agent.findings).toEqual([]);
        expect(agent.isRunning).toBe(true);
      } finally {
        await agent.stop();
      }
    });
    define(fixture);
  });
}

export function streamOf(...chunks: (Uint8Array | string)[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk.slice());
      }
      controller.close();
    },
  });
}

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
