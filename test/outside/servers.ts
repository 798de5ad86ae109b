import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");

/** The commands by which people start a server, and what its machines are. */
export type ServerName = "ec2-endpoint" | "serve";

/** Bundling, a browser, and a build of the page when there is none. */
const START_MS = 180_000;
const END_MS = 60_000;

/** A server as people start it: the npm script's own process. */
export class Server {
  readonly url: string;
  readonly process: ChildProcess;
  readonly #output: { text: string };

  private constructor(url: string, process: ChildProcess, output: { text: string }) {
    this.url = url;
    this.process = process;
    this.#output = output;
  }

  /** Everything that it has printed, on both streams. */
  get output(): string {
    return this.#output.text;
  }

  /** Resolves when it has said where it listens; rejects with what it printed when it ends instead. */
  static async start(name: ServerName, args: readonly string[] = []): Promise<Server> {
    const child = spawn(process.execPath, [join(ROOT, "test", "tools", `${name}.mjs`), ...args], { cwd: ROOT });
    const output = { text: "" };
    const listening = new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${name} does not listen:\n${output.text}`)), START_MS);
      const hear = (chunk: Buffer) => {
        output.text += chunk;
        const url = /^listening on (http:\S+)$/m.exec(output.text)?.[1];
        if (url !== undefined) resolve(url);
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("exit", (code) => reject(new Error(`${name} ended with ${code}:\n${output.text}`)));
      child.on("exit", () => clearTimeout(late));
    });
    try {
      return new Server(await listening, child, output);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** Ctrl-C; gives the exit code. */
  async interrupt(): Promise<number | null> {
    this.process.kill("SIGINT");
    return await this.ended();
  }

  async ended(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await once(this.process, "exit", { signal: AbortSignal.timeout(END_MS) });
    }
    return this.process.exitCode;
  }

  /** Ends it whatever state it is in. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended();
  }
}

/** Removes a data folder: a browser whose server was killed may write to it for a moment still. */
export async function removeData(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 250 });
}

/** The environment of tools that work with a server, and of nothing that this machine has of AWS's. */
export const toolEnvironment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: join(ROOT, "test-results"),
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_PAGER: "",
  AWS_MAX_ATTEMPTS: "1",
  ...more,
});
