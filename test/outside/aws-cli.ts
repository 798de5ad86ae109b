import { execFile } from "node:child_process";
import { expect } from "vitest";
import { toolEnvironment } from "./servers.ts";

/** An exit code of a service's error: 255 in version 1, 254 in version 2. */
const SERVICE_ERRORS = [254, 255];

/** aws-cli before one endpoint. */
export class AwsCli {
  readonly #url: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(url: string, environment: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#environment = environment;
  }

  /** Runs `aws ec2 …` and gives what it prints. Rejects when it fails. */
  async text(command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run([...command.split(" "), ...args, "--output", "text"]);
    if (code !== 0) throw new Error(`aws ${command} ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout.trim();
  }

  /** Runs what the endpoint refuses, and expects the code by which it does. */
  async fails(code: string, command: string, ...args: readonly string[]): Promise<void> {
    const outcome = await this.#run([...command.split(" "), ...args]);
    expect(outcome.stderr).toContain(`(${code})`);
    expect(SERVICE_ERRORS).toContain(outcome.code);
  }

  async #run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const service = args[0] === "sts" ? [] : ["ec2"];
    const options = { env: toolEnvironment(this.#environment), timeout: 120_000 };
    return await new Promise((resolve, reject) => {
      execFile("aws", ["--endpoint-url", this.#url, ...service, ...args], options, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== "number") reject(error);
        else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  }
}
