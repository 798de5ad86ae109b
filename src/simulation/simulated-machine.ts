import { CloudError } from "../base/errors.ts";
import type { Machine, MachineCards, MachineFactory } from "../lifecycle/machine.ts";
import type { Client } from "../protocol/contract.ts";
import { PortWriter, readAll, readPort } from "../protocol/port-stream.ts";
import type { MachineSpec, VmContract, VmEvent, VolumeLimits } from "../protocol/vm-contract.ts";
import { remember } from "./remember.ts";
import type { SimulatedBlockStore } from "./simulated-block-store.ts";

/** More than any program is given. */
const MAX_INPUT = 1 << 20;

/**
 * A machine that obeys and does nothing: no guest boots. For tests of the control plane, and for the endpoint that says so
 * when it starts. It keeps a record of what it is asked.
 */
export class SimulatedMachine implements Machine {
  readonly spec: MachineSpec;
  readonly calls: string[] = [];
  readonly consoleOut: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly hear: (event: VmEvent) => void;
  disposed = false;
  /** Whether the guest obeys `shutdown` and `reboot`. */
  obeys = true;
  /** What the next hard power-off rejects with. */
  powerOffError: CloudError | undefined;
  /** What is plugged in, with the place where it is; and the limits that were set. */
  readonly disks = new Map<string, string>();
  readonly limits = new Map<string, VolumeLimits>();
  /** Network interfaces, with their places. */
  readonly cards = new Map<string, number>();
  /** Volumes that the guest has mounted. */
  readonly mounted = new Set<string>();
  /** What the next call about volumes rejects with; `hold` keeps them waiting. */
  volumeError: CloudError | undefined;
  /** What programs were given on stdin, what they print, and with which status they end: nothing of it is run. */
  readonly execInputs: string[] = [];
  execOutput = "";
  execStatus = 0;
  hold: Promise<void> | undefined;
  readonly #blockStore: SimulatedBlockStore | undefined;
  #console: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  constructor(spec: MachineSpec, hear: (event: VmEvent) => void, blockStore?: SimulatedBlockStore) {
    this.spec = spec;
    this.#blockStore = blockStore;
    for (const { volumeId, device } of spec.volumes ?? []) this.disks.set(volumeId, device);
    for (const { interfaceId, deviceIndex } of spec.networkInterfaces ?? []) this.cards.set(interfaceId, deviceIndex);
    this.hear = hear;
    this.consoleOut = new ReadableStream({
      start: (controller) => {
        this.#console = controller;
      },
    });
  }

  /** Makes an orderly detach that is held up a forced one. */
  #force = () => {};

  readonly client = {
    shutdown: async () => {
      this.calls.push("shutdown");
      if (this.obeys) queueMicrotask(() => this.hear({ type: "powered-off" }));
    },
    reboot: async () => {
      this.calls.push("reboot");
      if (this.obeys) queueMicrotask(() => this.hear({ type: "restarted" }));
    },
    reset: async () => {
      this.calls.push("reset");
      this.hear({ type: "restarted" });
    },
    powerOff: async () => {
      this.calls.push("powerOff");
      if (this.powerOffError !== undefined) throw this.powerOffError;
    },
    attachVolume: async ({ volumeId, device, limits, key }) => {
      await this.#volumeCall(`attachVolume ${volumeId} ${device}`);
      await this.#blockStore?.checkKey(volumeId, this.#blockStore.volume(volumeId), key);
      const taken = [...this.disks.values()].includes(device);
      if (taken) throw new CloudError("InvalidParameterValue", `${device} is taken`);
      this.disks.set(volumeId, device);
      if (limits !== undefined) this.limits.set(volumeId, limits);
      return { guestDevice: `vd${String.fromCharCode("a".charCodeAt(0) + this.disks.size - 1)}` };
    },
    detachVolume: async ({ volumeId, force }) => {
      const forced = new Promise<void>((resolve) => {
        if (force) this.#force();
        this.#force = resolve;
      });
      await Promise.race([this.#volumeCall(`detachVolume ${volumeId}${force ? " force" : ""}`), forced]);
      if (!this.disks.has(volumeId)) throw new CloudError("InvalidAttachment.NotFound", "not attached");
      if (this.mounted.has(volumeId) && !force) {
        throw new CloudError("VolumeInUse", "mounted", { mountPoints: ["/mnt"] });
      }
      this.disks.delete(volumeId);
    },
    resizeVolume: async ({ volumeId, sizeBytes }) => {
      await this.#volumeCall(`resizeVolume ${volumeId}`);
      if (this.#blockStore !== undefined) this.#blockStore.volume(volumeId).sizeBytes = sizeBytes;
    },
    growFileSystem: async ({ volumeId }) => {
      await this.#volumeCall(`growFileSystem ${volumeId}`);
      return { fileSystems: [] };
    },
    snapshotVolumes: async ({ volumes, freeze }) => {
      await this.#volumeCall(`snapshotVolumes ${volumes.length}${freeze ? " freeze" : ""}`);
      for (const { volumeId, snapshotId } of volumes) this.#blockStore?.takeSnapshot(volumeId, snapshotId);
    },
    setVolumeLimits: async ({ volumeId, ...limits }) => {
      await this.#volumeCall(`setVolumeLimits ${volumeId}`);
      this.limits.set(volumeId, limits);
    },
    exec: async (_request, { stdin, stdout, stderr }) => {
      this.calls.push("exec");
      const input = stdin === null ? new Uint8Array() : await readAll(readPort(stdin), MAX_INPUT);
      this.execInputs.push(new TextDecoder().decode(input));
      await this.hold;
      const out = new PortWriter(stdout);
      if (this.execOutput !== "") await out.write(new TextEncoder().encode(this.execOutput));
      for (const writer of [out, new PortWriter(stderr)]) writer.end();
      return { exitCode: this.execStatus, signal: null, timedOut: false };
    },
  } as Partial<Client<VmContract>> as Client<VmContract>;

  readonly interfaces: MachineCards = {
    attach: async ({ interfaceId, deviceIndex }) => {
      this.calls.push(`attachInterface ${interfaceId} ${deviceIndex}`);
      if ([...this.cards.values()].includes(deviceIndex)) {
        throw new CloudError("InvalidParameterValue", `${deviceIndex} is taken`);
      }
      this.cards.set(interfaceId, deviceIndex);
      return { guestDevice: `eth${this.cards.size - 1}` };
    },
    detach: async (interfaceId, force) => {
      this.calls.push(`detachInterface ${interfaceId}${force ? " force" : ""}`);
      if (!this.cards.delete(interfaceId)) throw new CloudError("InvalidAttachment.NotFound", "not attached");
    },
  };

  async #volumeCall(call: string): Promise<void> {
    this.calls.push(call);
    await this.hold;
    const error = this.volumeError;
    this.volumeError = undefined;
    if (error !== undefined) throw error;
  }

  print(text: string): void {
    this.#console?.enqueue(new TextEncoder().encode(text));
  }

  dispose(): void {
    this.disposed = true;
  }
}

/** Makes simulated machines; `hold` keeps the next start waiting, `failWith` makes it fail. */
export class SimulatedMachines implements MachineFactory {
  readonly started: SimulatedMachine[] = [];
  failWith: CloudError | undefined;
  hold: Promise<void> | undefined;
  /** Report the agent as ready as soon as the machine runs. */
  readyAtOnce = true;
  /** Where machines take snapshots, for tests that look at them. */
  blockStore: SimulatedBlockStore | undefined;

  get last(): SimulatedMachine {
    const machine = this.started.at(-1);
    if (machine === undefined) throw new Error("no machine was started");
    return machine;
  }

  async start(spec: MachineSpec, onEvent: (event: VmEvent) => void, signal: AbortSignal): Promise<Machine> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new CloudError("Client.UserInitiatedShutdown", "given up")));
    });
    aborted.catch(() => {});
    if (this.hold !== undefined) await Promise.race([this.hold, aborted]);
    if (this.failWith !== undefined) throw this.failWith;
    for (const disk of spec.volumes ?? []) {
      const volume = this.blockStore?.volumes.get(disk.volumeId);
      if (disk.kind === "instance-store" || volume === undefined) continue;
      await this.blockStore?.checkKey(disk.volumeId, volume, disk.key);
    }
    const machine = new SimulatedMachine(spec, onEvent, this.blockStore);
    remember(this.started, machine);
    if (this.readyAtOnce) setTimeout(() => onEvent({ type: "ready", agentVersion: 1 }), 0);
    return machine;
  }
}
