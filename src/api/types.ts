import type { Disposable } from "../base/disposable.ts";
import type { Event } from "../base/event.ts";
import type { ExecOptions, ExecOutcome } from "../cloud/exec.ts";
import type { ImageInfo } from "../cloud/images.ts";
import type { InstanceType } from "../cloud/instance-types.ts";
import type { LaunchRequest } from "../cloud/launch-request.ts";
import type { VolumeInfo } from "../cloud/volumes.ts";

export type { CloudOptions } from "../cloud/cloud.ts";
export type { ExecOptions, ExecOutcome, OutputListener } from "../cloud/exec.ts";
export type { ImageInfo as Image } from "../cloud/images.ts";
export type { InstanceType } from "../cloud/instance-types.ts";
export type { LaunchRequest } from "../cloud/launch-request.ts";
export type { VolumeInfo as Volume } from "../cloud/volumes.ts";

/** EC2's instance states (F14). */
export type InstanceState = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

/** Why an instance is in its state: EC2's `StateReason`, e.g. `Client.UserInitiatedShutdown`, `Server.InternalError`. */
export interface StateReason {
  readonly code: string;
  readonly message: string;
}

/** EC2's instance status check (F20); "not-applicable" while the instance does not run. */
export interface InstanceStatus {
  readonly state: "not-applicable" | "initializing" | "ok" | "impaired";
  /** Why it is impaired, e.g. a disk error or a halted guest. */
  readonly reason: StateReason | null;
}

/** How the last boot went, or goes. Phases stand in the order in which they began. */
export interface BootProgress {
  readonly phases: readonly { readonly phase: BootPhase; readonly startedAt: Date }[];
  /** Bytes of the image fetched over the network, and how many the boot is known to need. */
  readonly downloadedBytes: number;
  readonly downloadTotalBytes: number;
  /** The guest agent has answered. */
  readonly ready: boolean;
}

export type BootPhase = "worker" | "wasm" | "download" | "bios" | "kernel" | "init" | "login";

export interface InstanceConsole {
  /** Output as text, from now on. A returned promise holds the guest's output back until it resolves. */
  onData(listener: (text: string) => void | Promise<void>): Disposable;
  /** Types into the console; resolves when the guest has taken it all. Rejects with `IncorrectInstanceState` unless running. */
  write(data: string | Uint8Array): Promise<void>;
  /** Tells the guest the terminal's size in characters. */
  resize(columns: number, rows: number): Promise<void>;
  /** The last 64 KiB of output; kept after the instance has stopped. */
  history(): string;
}

export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly state: InstanceState;
  readonly stateReason: StateReason | null;
  readonly status: InstanceStatus;
  readonly imageName: string;
  readonly type: InstanceType;
  readonly hostname: string;
  readonly privateIpAddress: string;
  readonly launchTime: Date;
  readonly rootVolumeId: string;
  readonly rootVolumeBytes: number;
  readonly boot: BootProgress | null;
  readonly console: InstanceConsole;
  /** Fires after any of the above has changed. */
  readonly onChange: Event<void>;

  /** Resolves when the instance is in `state`; rejects when it can no longer get there, or after `timeoutMs` (2 min). */
  waitUntil(state: InstanceState, options?: { timeoutMs?: number }): Promise<void>;
  /** Resolves when the guest's agent answers; rejects when the instance stops before, or after `timeoutMs` (2 min). */
  ready(options?: { timeoutMs?: number }): Promise<void>;
  exec(command: string | readonly string[], options?: ExecOptions): Promise<ExecOutcome>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, data: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  /** Orderly shutdown, then power off after a grace time; `force` cuts the power at once. Resolves when stopped. */
  stop(options?: { force?: boolean }): Promise<void>;
  /** Resolves when running. */
  start(): Promise<void>;
  /** Resolves when the guest has begun to restart. */
  reboot(): Promise<void>;
  /** Resolves when terminated; the root volume is deleted. */
  terminate(): Promise<void>;
}

export interface Instances {
  launch(request: LaunchRequest): Promise<Instance[]>;
  /** Throws `InvalidInstanceID.NotFound` or `InvalidInstanceID.Malformed`. */
  get(id: string): Instance;
  /** Newest last. Terminated ones stay for an hour (F18). */
  list(): Instance[];
  /** Fires when an instance appears, changes or goes. */
  readonly onChange: Event<void>;
}

export interface Images {
  list(): Promise<ImageInfo[]>;
}

/** Volumes: for now each instance's root volume. */
export interface Volumes {
  list(): VolumeInfo[];
  /** Bytes that the volume holds in IndexedDB, beyond its image. */
  storedBytes(volumeId: string): Promise<number>;
  /**
   * The volume's content from its first byte to its last: a raw disk image.
   * Rejects with `VolumeInUse` while its instance has not stopped, `InvalidVolume.NotFound` for an unknown one.
   */
  export(volumeId: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

export interface Cloud {
  readonly instances: Instances;
  readonly images: Images;
  readonly volumes: Volumes;
  readonly instanceTypes: readonly InstanceType[];
  /** Cuts the power of every instance after its disk is flushed, and lets go of everything. */
  dispose(): Promise<void>;
}
