import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { AgentConnection } from "../../../workers/vm/agent/agent-session.ts";

/** The agent compiled for this machine, over Unix sockets: the real client's partner without a virtual machine. */

const run = promisify(execFile);
const sources = join(import.meta.dirname, "..");

export const compiler = ["cc", "gcc", "clang"].find(isOnPath);

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Compiles the agent, with the sanitizers where the compiler has them; gives the program. What was compiled from the
 * same sources is used again, so that several test files cost one compilation.
 */
export async function compileAgent(): Promise<string> {
  if (compiler === undefined) throw new Error("no C compiler");
  const files = readdirSync(sources).filter((name) => /\.[ch]$/.test(name) && name !== "platform_vsock.c");
  const inputs = [...files.map((name) => join(sources, name)), join(sources, "test/platform_test.c")];
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(readFileSync(input));
  const output = join(tmpdir(), `tabvisor-agent-under-test-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(output)) return output;
  const temporary = `${output}.${process.pid}`;
  const flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-DREQUEST_SECONDS=1", "-o", temporary];
  const all = [...flags, ...inputs.filter((name) => name.endsWith(".c"))];
  await run(compiler, ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", ...all]).catch(async () => {
    await run(compiler, all);
  });
  renameSync(temporary, output);
  return output;
}

/** A running agent in a directory of its own; `control` is called with each of its control connections. */
export class NativeAgent {
  readonly directory = mkdtempSync(join(tmpdir(), "tabvisor-agent-"));
  readonly #program: string;
  readonly #server: Server;
  #process: ChildProcess | undefined;

  private constructor(program: string, control: (connection: SocketConnection) => void) {
    this.#program = program;
    this.#server = createServer((socket) => control(new SocketConnection(socket)));
  }

  static async start(program: string, control: (connection: SocketConnection) => void): Promise<NativeAgent> {
    const agent = new NativeAgent(program, control);
    for (const name of ["poweroff", "reboot"]) {
      const path = join(agent.directory, name);
      writeFileSync(path, `#!/bin/sh\necho "$0" > ${agent.directory}/power\n`);
      chmodSync(path, 0o755);
    }
    await new Promise<void>((resolve) => agent.#server.listen(join(agent.directory, "host"), resolve));
    agent.run();
    return agent;
  }

  run(): void {
    this.#process = spawn(this.#program, [this.directory], {
      stdio: "inherit",
      env: { ...process.env, ASAN_OPTIONS: `log_path=${this.directory}/sanitizer:detect_leaks=0` },
    });
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error("the agent does not run");
    return pid;
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  async connect(): Promise<SocketConnection> {
    const socket = createConnection(join(this.directory, "agent"));
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new SocketConnection(socket);
  }

  /** Process ids of the sessions, zombies included. */
  get children(): number[] {
    return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  }

  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** What the sanitizers found. */
  get findings(): string[] {
    return readdirSync(this.directory)
      .filter((name) => name.startsWith("sanitizer"))
      .map((name) => readFileSync(join(this.directory, name), "utf8"));
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || !this.isRunning) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class SocketConnection implements AgentConnection {
  readonly #socket: Socket;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", (error) => {
      this.#error = error;
    });
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const bytes = this.#socket.read() as Buffer | null;
      if (bytes !== null) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (this.#error !== undefined) throw this.#error;
      if (this.#socket.destroyed) throw new Error("the connection was closed on this side");
      if (this.#socket.readableEnded) return undefined;
      await new Promise<void>((resolve) => {
        const events = ["readable", "end", "close"];
        const done = () => {
          for (const event of events) this.#socket.off(event, done);
          resolve();
        };
        for (const event of events) this.#socket.on(event, done);
      });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  reset(): void {
    this.#socket.destroy();
  }
}

/** Looks again and again, for what another process does in its own time. The test's time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
