import { CloudError } from "../base/errors.ts";
import type { Event } from "../base/event.ts";
import type { InstanceId } from "../base/ids.ts";
import type { InstanceActor } from "../lifecycle/instance-actor.ts";
import type { InstanceState, RootDeviceType } from "../lifecycle/states.ts";
import { hostnameOf } from "./addresses.ts";
import type { MaintenanceOptions } from "./attributes/attribute-changes.ts";
import type { InstanceAttributes, MetadataOptions } from "./attributes/attribute-record.ts";
import { type InstanceChanges, MODIFY_INSTANCE, type ModifyInstanceRequest } from "./attributes/modification.ts";
import { checkProtection } from "./attributes/protection.ts";
import { reportBackground } from "./background.ts";
import { type ExecOptions, type ExecOutcome, exec, readFile, writeFile } from "./exec.ts";
import type { FirstStart, FirstStartStatus } from "./first-start/first-start.ts";
import { InstanceConsole } from "./instance-console.ts";
import { findInstanceType, type InstanceType } from "./instance-types.ts";
import type { ConnectRequest, OpenConnection } from "./network/connections.ts";
import type { InstanceAddresses } from "./network/instance-addresses.ts";
import { checkParameters } from "./parameters.ts";
import { type InstanceRecord, storeRootOf } from "./records.ts";
import { changeTags, nameOf, type Tags } from "./tags.ts";

export { STATE_CODES } from "../lifecycle/states.ts";

const WAIT_MS = 120_000;
/** rw-r--r-- */
const FILE_MODE = 0o644;

interface WaitOptions {
  /** Two minutes by default. */
  readonly timeoutMs?: number;
}

/** A disk in the instance's memory (F44). */
export interface InstanceStoreInfo {
  /** "ephemeral0" and so on. */
  readonly virtualName: string;
  /** As it was asked for, e.g. "/dev/sdb". */
  readonly device: string;
  /** What a Linux guest calls it, e.g. "/dev/vdb"; null while the instance does not run. */
  readonly guestDevice: string | null;
  readonly sizeBytes: number;
}

/** What can be begun, of several instances at once too. */
export type BatchAction = "start" | "stop" | "force-stop" | "reboot" | "terminate";

/** What an instance is made of, and what it asks of all of them. */
export interface InstanceParts {
  readonly actor: InstanceActor;
  readonly firstStart: Pick<FirstStart, "status" | "wait">;
  readonly onChange: Event<void>;
  readonly record: () => InstanceRecord;
  readonly imageName: () => string;
  readonly root: () => { readonly id: string; readonly record: { readonly sizeBytes: number } } | undefined;
  readonly guestDevice: (volumeId: string) => string | null;
  readonly modify: (request: InstanceChanges) => Promise<void>;
  readonly setTags: (tags: Tags) => Promise<void>;
  readonly addresses: () => InstanceAddresses | undefined;
  readonly connect: (request: ConnectRequest) => Promise<OpenConnection>;
}

/** One instance, as the public API shows it: the record and the actor seen as one. */
export class CloudInstance {
  readonly id: InstanceId;
  readonly onChange: Event<void>;
  readonly console: InstanceConsole;
  readonly #actor: InstanceActor;
  readonly #parts: InstanceParts;

  constructor(id: InstanceId, parts: InstanceParts) {
    this.id = id;
    this.#actor = parts.actor;
    this.#parts = parts;
    this.onChange = parts.onChange;
    this.console = new InstanceConsole(parts.actor);
  }

  /** The account whose it is. */
  get ownerId(): string {
    return this.#parts.record().ownerId;
  }
  get region(): string {
    return this.#parts.record().region;
  }
  get availabilityZone(): string {
    return this.#parts.record().zone;
  }
  get name(): string {
    return nameOf(this.tags);
  }
  get tags(): Tags {
    return this.#parts.record().tags;
  }
  /** Of all instances of one launch (F03). */
  get reservationId(): string {
    return this.#parts.record().reservationId;
  }
  get launchIndex(): number {
    return this.#parts.record().launchIndex;
  }
  /** Empty without one. */
  get clientToken(): string {
    return this.#parts.record().clientToken;
  }
  get state(): InstanceState {
    return this.#actor.state;
  }
  get stateReason() {
    return this.#actor.current.stateReason;
  }
  get stateTransitionReason(): string {
    return this.#actor.current.transitionReason;
  }
  get status() {
    return this.#actor.status;
  }
  get systemStatus() {
    return this.#actor.systemStatus;
  }
  get attributes(): InstanceAttributes {
    return this.#parts.record().attributes;
  }
  /** In base64; null without. */
  get userData(): string | null {
    return this.#parts.record().userData;
  }
  /** As it was at the launch; null without. */
  get keyName(): string | null {
    return this.#parts.record().keyPair?.name ?? null;
  }
  /** Null: there is no login by password. */
  get passwordSetAt(): Date | null {
    const { passwordSetAt } = this.#parts.record();
    return passwordSetAt === null ? null : new Date(passwordSetAt);
  }
  get firstStart(): FirstStartStatus {
    return this.#parts.firstStart.status;
  }
  get imageId(): string {
    return this.#parts.record().imageId;
  }
  get imageName(): string {
    return this.#parts.imageName();
  }
  get type(): InstanceType {
    const { typeName } = this.#parts.record();
    const type = findInstanceType(typeName);
    if (type === undefined)
      throw new CloudError("InvalidInstanceType", `The instance type '${typeName}' no longer exists.`, { typeName });
    return type;
  }
  /** Null: it has no interface any more. */
  get privateIpAddress(): string | null {
    return this.#parts.addresses()?.privateIp ?? null;
  }
  /** Its Elastic IP address, else the one that it has while it runs (F53); null without. */
  get publicIpAddress(): string | null {
    return this.#parts.addresses()?.publicIp ?? null;
  }
  get hostname(): string {
    return hostnameOf(this.#parts.record().privateIpAddress);
  }
  get launchTime(): Date {
    return new Date(this.#parts.record().launchedAt);
  }
  /** Empty while the instance has no root volume (F37). */
  get rootVolumeId(): string {
    return this.#parts.root()?.id ?? "";
  }
  get rootVolumeBytes(): number {
    return storeRootOf(this.#parts.record())?.sizeBytes ?? this.#parts.root()?.record.sizeBytes ?? 0;
  }
  get rootDeviceType(): RootDeviceType {
    return storeRootOf(this.#parts.record()) === undefined ? "ebs" : "instance-store";
  }
  get rootDevice(): string {
    return this.#parts.record().rootDevice;
  }
  get instanceStores(): InstanceStoreInfo[] {
    const { guestDevice } = this.#parts;
    return this.#parts
      .record()
      .instanceStores.filter(({ base }) => base === undefined)
      .map(({ virtualName, device, sizeBytes }) => ({
        virtualName,
        device,
        sizeBytes,
        guestDevice: guestDevice(virtualName),
      }));
  }
  /** What was set instead of the image's own; null when nothing was. */
  get kernel(): { readonly imageId: string; readonly commandLine: string } | null {
    return this.#parts.record().kernel;
  }
  get boot() {
    return this.#actor.boot;
  }

  /** Resolves when the instance is in `state`; rejects at once when it can no longer get there by itself. */
  async waitUntil(state: InstanceState, { timeoutMs = WAIT_MS }: WaitOptions = {}): Promise<void> {
    const began = this.state;
    const impossible = () => {
      const ended = this.state === "terminated" || (this.state === "shutting-down" && state !== "terminated");
      const fellBack = state === "running" && this.state === "stopped" && began !== "stopped";
      return ended || fellBack ? this.#unreachable(state) : undefined;
    };
    await this.#actor.waitFor(() => this.state === state, impossible, timeoutMs, `to "${state}"`);
  }

  /**
   * Resolves when the guest's agent answers. `Agent.Unavailable` at once when the image is not known to have one, as
   * those that boot by a BIOS are not; who knows better says how long to wait for it.
   */
  async ready({ timeoutMs }: WaitOptions = {}): Promise<void> {
    const isReady = () => this.state === "running" && this.#actor.boot?.ready === true;
    const impossible = () => {
      if (this.state !== "pending" && this.state !== "running") return this.#unreachable("ready");
      return timeoutMs === undefined && !this.#actor.hasAgent ? this.#noAgent() : undefined;
    };
    await this.#actor.waitFor(isReady, impossible, timeoutMs ?? WAIT_MS, "ready");
  }

  /**
   * Resolves when what it was given at launch has been done: "done", or "none". Rejects with `FirstStart.Failed` when
   * something of it went wrong or cannot be delivered, when the instance stops before, or after `timeoutMs` (2 min).
   */
  async waitForFirstStart({ timeoutMs = WAIT_MS }: WaitOptions = {}): Promise<void> {
    const impossible = () =>
      this.state === "pending" || this.state === "running" ? undefined : this.#unreachable("through its first start");
    await this.#parts.firstStart.wait(impossible, timeoutMs);
  }

  async exec(command: string | readonly string[], options: ExecOptions = {}): Promise<ExecOutcome> {
    return await exec(this.#actor.client, command, options);
  }

  async readFile(path: string): Promise<Uint8Array> {
    return await readFile(this.#actor.client, path);
  }

  async writeFile(
    path: string,
    data: string | Uint8Array,
    { mode = FILE_MODE }: { mode?: number } = {},
  ): Promise<void> {
    await writeFile(this.#actor.client, path, data, mode);
  }

  /** From the page, as a client outside; see `tabs/instance-connections.ts`, by which tabs do it. */
  async connect(request: ConnectRequest): Promise<OpenConnection> {
    return await this.#parts.connect(request);
  }

  async stop({ force = false }: { force?: boolean } = {}): Promise<void> {
    checkProtection(this, force ? "force-stop" : "stop");
    await this.#actor.stop(force);
    await this.waitUntil("stopped");
  }

  /** Resolves when running. */
  async start(): Promise<void> {
    await this.#actor.start();
    await this.waitUntil("running");
  }

  async reboot(): Promise<void> {
    await this.#actor.reboot();
  }

  /** Changes what is set of it; type, kernel and user data only of a stopped one, for its next start (F24). */
  async modify(request: ModifyInstanceRequest): Promise<void> {
    checkParameters(request, MODIFY_INSTANCE);
    await this.#parts.modify(request);
  }

  /** What is not named stays (F13). */
  async modifyMetadataOptions(options: Partial<MetadataOptions>): Promise<void> {
    await this.#parts.modify({ metadataOptions: options });
  }

  async modifyMaintenanceOptions(options: MaintenanceOptions): Promise<void> {
    await this.#parts.modify({ maintenanceOptions: options });
  }

  /** All of them anew (F77). `TagLimitExceeded` or `InvalidParameterValue` for tags that there cannot be. */
  async setTags(tags: Tags): Promise<void> {
    await this.#parts.setTags(changeTags(this.tags, tags));
  }

  async terminate(): Promise<void> {
    checkProtection(this, "terminate");
    await this.#actor.terminate();
    await this.waitUntil("terminated");
  }

  /** Begins what the method of that name does: resolves when the new state is stored, the rest goes on by itself. */
  async begin(action: BatchAction): Promise<void> {
    const before = this.#actor.stored;
    const work = this.#perform(action);
    const { stored } = this.#actor;
    // What changes no state is a restart, which takes as long as the guest does, or nothing at all.
    if (stored === before && action !== "reboot") return await work;
    let begun = false;
    work.catch((error: unknown) => {
      if (begun) reportBackground(error);
    });
    if (action !== "reboot") await stored;
    begun = true;
  }

  #perform(action: BatchAction): Promise<void> {
    switch (action) {
      case "start":
        return this.#actor.start();
      case "reboot":
        return this.#actor.reboot();
      case "terminate":
        return this.#actor.terminate();
      default:
        return this.#actor.stop(action === "force-stop");
    }
  }

  #noAgent(): CloudError {
    const text = `The image of the instance '${this.id}' is not known to have an agent that could tell when it is ready. Use its console.`;
    return new CloudError("Agent.Unavailable", text, { instanceId: this.id });
  }

  #unreachable(wanted: string): CloudError {
    const reason = this.stateReason;
    const code =
      reason === null || reason.code === "Client.UserInitiatedShutdown" ? "IncorrectInstanceState" : reason.code;
    const why = reason === null ? "" : ` ${reason.message}`;
    return new CloudError(code, `The instance '${this.id}' cannot get ${wanted}: it is ${this.state}.${why}`, {
      instanceId: this.id,
      state: this.state,
    });
  }
}
