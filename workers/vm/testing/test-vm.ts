import { createVolume } from "../../../src/blockstore/index.ts";
import type { Client } from "../../../src/protocol/contract.ts";
import { waitUntilReady } from "../../../src/protocol/handshake.ts";
import { type ImageManifest, parseImageManifest } from "../../../src/protocol/image-manifest.ts";
import { PortWriter, readAll, readPort } from "../../../src/protocol/port-stream.ts";
import { connect } from "../../../src/protocol/rpc.ts";
import {
  type ExecResult,
  type MachineSpec,
  type MachineState,
  type VmContract,
  type VmEvent,
  vmContract,
} from "../../../src/protocol/vm-contract.ts";

/** The built image, as the test's server serves the repository. */
const IMAGE_URL = new URL("/images/tiny/dist/", location.origin).href;
const WORKER_START_MS = 60_000;
const OUTPUT_LIMIT = 64 << 20;
const PROMPT = /[$#] $/;

let module: WebAssembly.Module | null = null;

export async function imageManifest(): Promise<ImageManifest> {
  const response = await fetch(`${IMAGE_URL}image.json`);
  return parseImageManifest(await response.text(), IMAGE_URL);
}

export interface TestVmOptions {
  readonly memoryMiB?: number;
  readonly cpuShare?: number;
  /** Appended to the kernel's command line. */
  readonly append?: string;
  readonly volumeId?: string;
  readonly database?: string;
  /** Where the image is; the repository's own by default. */
  readonly imageUrl?: string;
  readonly change?: (spec: MachineSpec) => MachineSpec;
  /** The machine's ends of its interfaces' ways to the network, by id. */
  readonly network?: Record<string, MessagePort>;
}

type Ports = Parameters<Client<VmContract>["boot"]>[1];

/** A real machine in a real worker, with a fresh volume over the image unless one is named. */
export class TestVm {
  readonly events: VmEvent[] = [];
  readonly client: Client<VmContract>;
  readonly spec: MachineSpec;
  /** Everything that the console has shown. */
  output = "";
  /** When set, the console's reader takes nothing. */
  readerStopped = false;
  readonly #worker: Worker;
  readonly #wakers = new Set<() => void>();

  private constructor(worker: Worker, spec: MachineSpec) {
    this.#worker = worker;
    this.spec = spec;
    this.client = connect(vmContract, worker);
  }

  static async boot(options: TestVmOptions = {}): Promise<TestVm> {
    const spec = await specOf(options);
    if (options.volumeId === undefined) await createRootVolume(spec);
    const { network } = options;
    return await TestVm.#start(spec, (vm, ports) => vm.client.boot(spec, { ...ports, network }));
  }

  /** A new worker with the saved machine; the volume must not be in use any more. */
  static async restore(spec: MachineSpec, state: MachineState, network?: Record<string, MessagePort>): Promise<TestVm> {
    return await TestVm.#start(spec, (vm, ports) => vm.client.restore(spec, state, { ...ports, network }));
  }

  static async #start(spec: MachineSpec, begin: (vm: TestVm, ports: Ports) => Promise<void>): Promise<TestVm> {
    const worker = new Worker(new URL("../entry.ts", import.meta.url), { type: "module" });
    const vm = new TestVm(worker, spec);
    try {
      await waitUntilReady(worker, WORKER_START_MS);
      module = (await vm.client.prepare(module)).module;
      const events = new MessageChannel();
      const consoleOut = new MessageChannel();
      events.port1.onmessage = ({ data }: MessageEvent<VmEvent>) => {
        vm.events.push(data);
        vm.#wake();
      };
      void vm.#follow(readPort(consoleOut.port1));
      await begin(vm, { events: events.port2, consoleOut: consoleOut.port2 });
      return vm;
    } catch (error) {
      vm.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.#worker.terminate();
  }

  async type(text: string): Promise<void> {
    await this.client.consoleWrite(new TextEncoder().encode(text));
  }

  /** Resolves when the console's output since `from` matches; gives that output. */
  async shows(pattern: RegExp, from = 0): Promise<string> {
    await this.#until(() => pattern.test(this.output.slice(from)), `the console to show ${pattern}`);
    return this.output.slice(from);
  }

  async prompt(): Promise<void> {
    await this.shows(PROMPT);
  }

  /** Types a command at the shell's prompt; gives what it printed. */
  async shell(command: string): Promise<string> {
    const from = this.output.length;
    await this.type(`${command}\n`);
    const text = await this.shows(/\n[^\n]*[$#] $/, from);
    return text.slice(text.indexOf("\n") + 1, text.lastIndexOf("\n") + 1).replaceAll("\r", "");
  }

  async event<T extends VmEvent["type"]>(type: T, count = 1): Promise<Extract<VmEvent, { type: T }>> {
    const found = () => this.events.filter((event) => event.type === type);
    await this.#until(() => found().length >= count, `the event ${type}`);
    return found()[count - 1] as Extract<VmEvent, { type: T }>;
  }

  /** Runs a program through the agent. */
  async exec(command: string | string[], stdin?: Uint8Array): Promise<ExecResult & { stdout: string; stderr: string }> {
    const stdout = new MessageChannel();
    const stderr = new MessageChannel();
    const control = new MessageChannel();
    const input = stdin === undefined ? null : new MessageChannel();
    const ports = { stdin: input?.port2 ?? null, stdout: stdout.port2, stderr: stderr.port2, control: control.port2 };
    if (input !== null && stdin !== undefined) {
      const writer = new PortWriter(input.port1);
      void writer.write(stdin.slice()).then(() => writer.end());
    }
    const [result, out, err] = await Promise.all([
      this.client.exec({ command, hasStdin: stdin !== undefined }, ports),
      readAll(readPort(stdout.port1), OUTPUT_LIMIT),
      readAll(readPort(stderr.port1), OUTPUT_LIMIT),
    ]);
    const text = new TextDecoder();
    return { ...result, stdout: text.decode(out), stderr: text.decode(err) };
  }

  async #follow(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const reader = stream.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      while (this.readerStopped) await new Promise((resolve) => setTimeout(resolve, 10));
      const { done, value } = await reader.read();
      if (done) break;
      this.output += decoder.decode(value, { stream: true });
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  /** Waits as long as the test may: its own time limit ends it. A machine that failed ends it at once. */
  async #until(condition: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        const failed = this.events.find((event) => event.type === "failed");
        if (!condition() && failed === undefined) return;
        this.#wakers.delete(check);
        if (condition()) resolve();
        else reject(new Error(`waiting for ${what}, but ${JSON.stringify(failed)}`));
      };
      this.#wakers.add(check);
      check();
    });
  }
}

async function specOf(options: TestVmOptions): Promise<MachineSpec> {
  const manifest = await imageManifest();
  const id = crypto.randomUUID().replaceAll("-", "").slice(0, 17);
  const spec: MachineSpec = {
    instanceId: `i-${id}`,
    hostname: "ip-10-0-0-5",
    memoryMiB: options.memoryMiB ?? 128,
    cpuShare: options.cpuShare ?? 1,
    image: {
      url: options.imageUrl ?? IMAGE_URL,
      manifest: { ...manifest, commandLine: `${manifest.commandLine} ${options.append ?? ""}`.trim() },
    },
    database: options.database ?? `test-${id}`,
    volumes: [{ volumeId: options.volumeId ?? `vol-${id}`, device: "vda", readOnly: false }],
  };
  return options.change?.(spec) ?? spec;
}

async function createRootVolume({ database, image, volumes }: MachineSpec): Promise<void> {
  for (const { volumeId } of volumes) {
    await createVolume({ database, volumeId, sizeBytes: image.manifest.disk.bytes, image });
  }
}
