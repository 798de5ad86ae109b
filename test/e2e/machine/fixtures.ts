import { createWriteStream } from "node:fs";
import { test as base, expect, type Page, type Worker } from "@playwright/test";
import type { Cloud, ExecOutcome, LaunchRequest } from "../../../src/api/types.ts";
import { StaticHost } from "./server.ts";

declare global {
  var tabvisor: Cloud;
}

/** A page of the portal with its cloud, driven from the test through the public API. */
export class CloudPage {
  readonly page: Page;
  readonly host: StaticHost;
  #exports = 0;

  constructor(page: Page, host: StaticHost) {
    this.page = page;
    this.host = host;
  }

  async open(): Promise<void> {
    await this.page.goto(this.host.url);
    await this.page.waitForFunction(() => globalThis.tabvisor !== undefined);
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.waitForFunction(() => globalThis.tabvisor !== undefined);
  }

  /** Launches, waits until the guests answer, gives their ids. */
  async launch(request: Partial<LaunchRequest> = {}): Promise<string[]> {
    return await this.page.evaluate(async (wanted) => {
      const vms = await tabvisor.instances.launch({ image: "tiny", type: "v1.small", ...wanted });
      await Promise.all(vms.map((vm) => vm.ready()));
      return vms.map(({ id }) => id);
    }, request);
  }

  async launchOne(request: Partial<LaunchRequest> = {}): Promise<string> {
    const [id] = await this.launch(request);
    if (id === undefined) throw new Error("nothing was launched");
    return id;
  }

  async exec(id: string, command: string): Promise<Pick<ExecOutcome, "stdout" | "stderr" | "exitCode" | "signal">> {
    return await this.page.evaluate(
      async ([instance, text]) => {
        const { stdout, stderr, exitCode, signal } = await tabvisor.instances.get(instance).exec(text);
        return { stdout, stderr, exitCode, signal };
      },
      [id, command] as const,
    );
  }

  /** As `exec`, and fails unless the command succeeded. */
  async run(id: string, command: string): Promise<string> {
    const { stdout, stderr, exitCode } = await this.exec(id, command);
    expect(exitCode, `${command}: ${stderr}`).toBe(0);
    return stdout.trim();
  }

  async facts(id: string) {
    return await this.page.evaluate((instance) => {
      const { state, stateReason, status } = tabvisor.instances.get(instance);
      return {
        state,
        reason: stateReason?.code ?? null,
        text: stateReason?.message ?? "",
        status: status.state,
        statusReason: status.reason,
      };
    }, id);
  }

  async waitUntil(id: string, state: "running" | "stopped" | "terminated", timeoutMs = 90_000): Promise<void> {
    await this.page.evaluate(
      ([instance, wanted, ms]) => tabvisor.instances.get(instance).waitUntil(wanted, { timeoutMs: ms }),
      [id, state, timeoutMs] as const,
    );
  }

  async act(id: string, action: "start" | "stop" | "reboot" | "terminate"): Promise<void> {
    await this.page.evaluate(([instance, name]) => tabvisor.instances.get(instance)[name](), [id, action] as const);
  }

  async ready(id: string): Promise<void> {
    await this.page.evaluate((instance) => tabvisor.instances.get(instance).ready(), id);
  }

  /** Streams a volume, as a file of the format, into a file here. */
  async exportVolume(volumeId: string, target: string, format: "raw" | "qcow2" = "raw"): Promise<void> {
    const file = createWriteStream(target);
    const name = `tabvisorTestWrite${++this.#exports}`;
    await this.page.exposeFunction(name, (base64: string) => void file.write(Buffer.from(base64, "base64")));
    await this.page.evaluate(
      async ([id, as, exposed]) => {
        const stream = await tabvisor.volumes.export(id, { format: as });
        const write = (globalThis as unknown as Record<string, (text: string) => Promise<void>>)[exposed];
        const reader = stream.getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          let text = "";
          for (let i = 0; i < value.length; i += 8192) text += String.fromCharCode(...value.subarray(i, i + 8192));
          await write?.(btoa(text));
        }
      },
      [volumeId, format, name] as const,
    );
    await new Promise<void>((resolve) => file.end(resolve));
  }

  /** The console's last 64 KiB. */
  async consoleText(id: string): Promise<string> {
    return await this.page.evaluate((instance) => tabvisor.instances.get(instance).console.history(), id);
  }

  async type(id: string, text: string): Promise<void> {
    await this.page.evaluate(([instance, keys]) => tabvisor.instances.get(instance).console.write(keys), [
      id,
      text,
    ] as const);
  }

  /** The code that `body` (statements that see `tabvisor`) rejects with, or "resolved". */
  async codeOf(body: string): Promise<string> {
    const guarded = `(async () => { try { ${body}; return "resolved"; } catch (error) { return error.code ?? String(error); } })()`;
    return await this.page.evaluate<string>(guarded);
  }
}

/** The page's worker of that name. */
export async function namedWorker(page: Page, name: string): Promise<Worker> {
  for (const worker of page.workers()) if ((await worker.evaluate(() => self.name)) === name) return worker;
  throw new Error(`there is no worker "${name}"`);
}

export const test = base.extend<{ host: StaticHost; cloud: CloudPage }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the pattern.
  host: async ({}, use) => {
    const host = await StaticHost.open("/somewhere/below/");
    await use(host);
    await host.close();
  },
  cloud: async ({ page, host }, use) => {
    await use(new CloudPage(page, host));
  },
});

export { expect };
