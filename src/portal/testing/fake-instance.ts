import type {
  BootPhase,
  BootProgress,
  ExecOutcome,
  Instance,
  InstanceState,
  InstanceStatus,
  StateReason,
} from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { FakeConsole } from "./fake-console.ts";

const PHASES: readonly BootPhase[] = ["worker", "wasm", "download", "bios", "kernel", "init", "login"];
const DOWNLOAD_BYTES = 5_900_000;

const NOT_APPLICABLE: InstanceStatus = { state: "not-applicable", reason: null, impairedSince: null };
const ATTRIBUTES: Instance["attributes"] = {
  disableApiTermination: false,
  disableApiStop: false,
  instanceInitiatedShutdownBehavior: "stop",
  sourceDestCheck: true,
  metadataOptions: {
    httpTokens: "optional",
    httpPutResponseHopLimit: 1,
    httpEndpoint: "enabled",
    httpProtocolIpv6: "disabled",
    instanceMetadataTags: "disabled",
  },
  autoRecovery: "disabled",
};

export interface FakeInstanceOptions {
  readonly id: string;
  readonly name: string;
  readonly imageName: string;
  readonly type: Instance["type"];
  readonly privateIpAddress: string;
  readonly rootVolumeBytes: number;
  /** How long each phase of a boot takes; 0 boots at once. */
  readonly phaseMs: number;
}

/** An instance that only pretends: its states, its boot and its console go on as a real one's do. */
export class FakeInstance implements Instance {
  readonly id: string;
  readonly ownerId = "123456789012";
  readonly region = "us-east-1";
  readonly availabilityZone = "us-east-1a";
  tags: Instance["tags"];
  readonly imageId = "ami-0000000000000tiny";
  readonly imageName: string;
  readonly type: Instance["type"];
  readonly privateIpAddress: string;
  readonly publicIpAddress: string | null = null;
  readonly rootDevice = "/dev/vda";
  readonly rootDeviceType: "ebs" | "instance-store" = "ebs";
  readonly instanceStores: Instance["instanceStores"] = [];
  readonly kernel = null;
  readonly hostname: string;
  readonly rootVolumeId: string;
  readonly rootVolumeBytes: number;
  readonly console = new FakeConsole(() => this.state === "running");
  launchTime = new Date();
  state: InstanceState = "pending";
  stateReason: StateReason | null = null;
  status = NOT_APPLICABLE;
  readonly systemStatus = NOT_APPLICABLE;
  readonly attributes = ATTRIBUTES;
  readonly keyName = null;
  passwordSetAt: Date | null = null;
  readonly firstStart: Instance["firstStart"] = { state: "none", message: null };
  boot: BootProgress | null = null;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  readonly #phaseMs: number;

  constructor(options: FakeInstanceOptions) {
    this.id = options.id;
    this.tags = options.name === "" ? {} : { Name: options.name };
    this.imageName = options.imageName;
    this.type = options.type;
    this.privateIpAddress = options.privateIpAddress;
    this.hostname = `ip-${options.privateIpAddress.replaceAll(".", "-")}`;
    this.rootVolumeId = options.id.replace("i-", "vol-");
    this.rootVolumeBytes = options.rootVolumeBytes;
    this.#phaseMs = options.phaseMs;
  }

  /** Changes anything at will, to show states that are hard to reach. */
  set(change: Partial<Pick<FakeInstance, "state" | "stateReason" | "status" | "boot" | "passwordSetAt">>): void {
    Object.assign(this, change);
    this.#changed.fire();
  }

  get name(): string {
    return this.tags.Name ?? "";
  }

  async setTags(tags: Instance["tags"]): Promise<void> {
    this.tags = tags;
    this.#changed.fire();
  }

  async waitForFirstStart(): Promise<void> {}

  async start(): Promise<void> {
    this.#require("start", "stopped");
    this.launchTime = new Date();
    this.set({ stateReason: null });
    await this.bootUp();
  }

  /** A reboot keeps the instance running (F17). */
  async bootUp(from: "pending" | "running" = "pending"): Promise<void> {
    this.boot = { phases: [], downloadedBytes: 0, downloadTotalBytes: DOWNLOAD_BYTES, ready: false };
    this.set({ state: from });
    for (const phase of PHASES) {
      const phases = [...this.boot.phases, { phase, startedAt: new Date() }];
      this.set({ boot: { ...this.boot, phases } });
      if (phase === "bios")
        this.set({ state: "running", status: { state: "initializing", reason: null, impairedSince: null } });
      if (phase === "download") await this.#download();
      await this.#pause();
      // Stopped, or terminated, in the middle of its boot.
      if (this.state !== "pending" && this.state !== "running") return;
    }
    await this.console.print("\r\nWelcome to tiny.\r\n");
    await this.console.printPrompt();
    this.set({ boot: { ...this.boot, ready: true }, status: { state: "ok", reason: null, impairedSince: null } });
  }

  async #download(): Promise<void> {
    for (let part = 1; part <= 10 && this.boot; part++) {
      this.set({ boot: { ...this.boot, downloadedBytes: (DOWNLOAD_BYTES * part) / 10 } });
      await this.#pause(this.#phaseMs / 5);
    }
  }

  async stop(): Promise<void> {
    this.#require("stop", "running", "stopping");
    this.set({ state: "stopping", status: { state: "not-applicable", reason: null, impairedSince: null } });
    await this.#pause();
    const reason = { code: "Client.UserInitiatedShutdown", message: "User initiated shutdown" };
    this.set({ state: "stopped", stateReason: reason });
  }

  async reboot(): Promise<void> {
    this.#require("reboot", "running");
    await this.console.print("\r\nThe system is going down NOW!\r\n");
    await this.bootUp("running");
  }

  async terminate(): Promise<void> {
    this.set({ state: "shutting-down" });
    await this.#pause();
    this.set({ state: "terminated", stateReason: { code: "Client.UserInitiatedShutdown", message: "User initiated" } });
  }

  async waitUntil(state: InstanceState): Promise<void> {
    while (this.state !== state) await this.#nextChange();
  }

  async ready(): Promise<void> {
    while (!this.boot?.ready) await this.#nextChange();
  }

  async modifyMetadataOptions(): Promise<void> {}
  async modifyMaintenanceOptions(): Promise<void> {}

  async modify(): Promise<void> {
    this.#require("modify", "stopped");
  }

  async exec(): Promise<ExecOutcome> {
    throw new CloudError("UnsupportedOperation", "The pretended instance runs no programs.");
  }

  async readFile(): Promise<Uint8Array> {
    throw new CloudError("UnsupportedOperation", "The pretended instance has no files.");
  }

  async writeFile(): Promise<void> {
    throw new CloudError("UnsupportedOperation", "The pretended instance has no files.");
  }

  async connect(): Promise<never> {
    throw new CloudError("UnsupportedOperation", "The pretended instance has no network.");
  }

  async fetch(): Promise<never> {
    throw new CloudError("UnsupportedOperation", "The pretended instance has no network.");
  }

  async webSocket(): Promise<never> {
    throw new CloudError("UnsupportedOperation", "The pretended instance has no network.");
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const subscription = this.onChange(() => {
        subscription.dispose();
        resolve();
      });
    });
  }

  async #pause(ms = this.#phaseMs): Promise<void> {
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  #require(action: string, ...states: InstanceState[]): void {
    if (states.includes(this.state)) return;
    throw new CloudError("IncorrectInstanceState", `You cannot ${action} an instance that is ${this.state}.`, {
      instanceId: this.id,
    });
  }
}
