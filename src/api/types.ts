import type { Disposable } from "../base/disposable.ts";
import type { Event } from "../base/event.ts";
import type { MaintenanceOptions } from "../cloud/attributes/attribute-changes.ts";
import type { InstanceAttributes, MetadataOptions } from "../cloud/attributes/attribute-record.ts";
import type { ModifyInstanceRequest } from "../cloud/attributes/modification.ts";
import type { ExecOptions, ExecOutcome } from "../cloud/exec.ts";
import type { FirstStartStatus } from "../cloud/first-start/first-start.ts";
import type { InstanceStoreInfo } from "../cloud/instance.ts";
import type { InstanceType } from "../cloud/instance-types.ts";
import type { LaunchRequest } from "../cloud/launch-request.ts";
import type { StopProgress } from "../cloud/stop-all.ts";
import type { InstanceConnectionCalls } from "../cloud/tabs/instance-connections.ts";
import type { RoleChange, TabRole } from "../cloud/tabs/tab-cloud.ts";
import type { Ec2RequestHandler } from "../ec2/request-handler.ts";
import type { Access } from "./access-types.ts";
import type { Backups } from "./backup-types.ts";
import type { Billing } from "./billing-types.ts";
import type { Encryption } from "./encryption-types.ts";
import type { Events } from "./event-types.ts";
import type { Images } from "./image-types.ts";
import type { KeyPairs } from "./key-pair-types.ts";
import type { LaunchTemplates } from "./launch-template-types.ts";
import type {
  Addresses,
  FlowLogs,
  InternetGateways,
  NatGateways,
  Network,
  NetworkAcls,
  NetworkInterfaces,
  RouteTables,
  SecurityGroups,
  Subnets,
  Vpcs,
} from "./network-types.ts";
import type { Quotas } from "./quota-types.ts";
import type { Snapshots } from "./snapshot-types.ts";
import type { Storage } from "./storage-types.ts";
import type { Volumes } from "./volume-types.ts";

export type { MaintenanceOptions } from "../cloud/attributes/attribute-changes.ts";
export type { AutoRecovery, InstanceAttributes, MetadataOptions } from "../cloud/attributes/attribute-record.ts";
export type { ModifyInstanceRequest } from "../cloud/attributes/modification.ts";
export type { CloudOptions } from "../cloud/cloud.ts";
export type { ExecOptions, ExecOutcome, OutputListener } from "../cloud/exec.ts";
export type { FirstStartStatus } from "../cloud/first-start/first-start.ts";
export type { InstanceStoreInfo as InstanceStore } from "../cloud/instance.ts";
export type { InstanceType } from "../cloud/instance-types.ts";
export type { BlockDeviceMapping } from "../cloud/launch-block-devices.ts";
export type { LaunchRequest } from "../cloud/launch-request.ts";
export type { StopProgress } from "../cloud/stop-all.ts";
export type {
  Connection,
  ConnectOptions,
  FetchOptions,
  InstanceWebSocket,
  WebSocketOptions,
} from "../cloud/tabs/instance-connections.ts";
export type { RoleChange, TabRole } from "../cloud/tabs/tab-cloud.ts";
export type * from "./access-types.ts";
export type * from "./backup-types.ts";
export type * from "./billing-types.ts";
export type * from "./encryption-types.ts";
export type * from "./event-types.ts";
export type * from "./image-types.ts";
export type * from "./key-pair-types.ts";
export type * from "./launch-template-types.ts";
export type * from "./network-types.ts";
export type * from "./quota-types.ts";
export type * from "./snapshot-types.ts";
export type * from "./storage-types.ts";
export type * from "./volume-types.ts";

/** EC2's instance states (F14). */
export type InstanceState = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

/** Why an instance is in its state: EC2's `StateReason`, e.g. `Client.UserInitiatedShutdown`, `Server.InternalError`. */
export interface StateReason {
  readonly code: string;
  readonly message: string;
}

/** One of EC2's two status checks (F20); "not-applicable" while the instance does not run. */
export interface InstanceStatus {
  readonly state: "not-applicable" | "initializing" | "ok" | "impaired" | "insufficient-data";
  /** Why it is impaired, e.g. a disk error, a halted guest, an agent that does not answer. */
  readonly reason: StateReason | null;
  readonly impairedSince: Date | null;
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

export interface Instance extends InstanceConnectionCalls {
  readonly id: string;
  /** The account whose it is, 12 digits. */
  readonly ownerId: string;
  readonly region: string;
  /** e.g. "us-east-1a". */
  readonly availabilityZone: string;
  /** The tag `Name`; empty without one. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: InstanceState;
  readonly stateReason: StateReason | null;
  /** The instance status check: the guest's agent answers, and nothing is known to be wrong with it. Every half minute. */
  readonly status: InstanceStatus;
  /** The system status check: the instance's worker answers. */
  readonly systemStatus: InstanceStatus;
  /** Protections, shutdown behavior, metadata options, recovery by itself: what the `modify…` methods change. */
  readonly attributes: InstanceAttributes;
  /** The key pair that it was launched with; null without. The key pair may be gone by now. */
  readonly keyName: string | null;
  /**
   * When the login user's password was chosen, by `launch` or by `modify`: how old it is, for who is to change theirs from
   * time to time (F64). Null: there is no login by password. What is changed within the guest is not known here.
   */
  readonly passwordSetAt: Date | null;
  /** How far it has got with what it was given at launch, at its last start (F10). `ready()` does not wait for it. */
  readonly firstStart: FirstStartStatus;
  readonly imageId: string;
  readonly imageName: string;
  readonly type: InstanceType;
  readonly hostname: string;
  /** Its primary interface's; the same for life. Null when it is terminated. */
  readonly privateIpAddress: string | null;
  /**
   * Its Elastic IP address, else the one that it is given while it runs (F53). Null: nothing outside reaches it. `onChange`
   * fires when it is another one.
   */
  readonly publicIpAddress: string | null;
  readonly launchTime: Date;
  /** Empty while it has no root volume: one that is detached (F37), or gone with its instance. */
  readonly rootVolumeId: string;
  readonly rootVolumeBytes: number;
  /** The name under which its root volume is attached, e.g. "/dev/vda". */
  readonly rootDevice: string;
  /** "instance-store": its root volume is in memory: it cannot be stopped, and ends with its machine (F22, F32). */
  readonly rootDeviceType: "ebs" | "instance-store";
  /** Disks in its memory (F44): kept over a reboot, gone when it stops. */
  readonly instanceStores: readonly InstanceStoreInfo[];
  /** Kernel and command line that were set instead of its image's (F24). */
  readonly kernel: { readonly imageId: string; readonly commandLine: string } | null;
  readonly boot: BootProgress | null;
  readonly console: InstanceConsole;
  /** Fires after any of the above has changed. */
  readonly onChange: Event<void>;

  /** Resolves when the instance is in `state`; rejects when it can no longer get there, or after `timeoutMs` (2 min). */
  waitUntil(state: InstanceState, options?: { timeoutMs?: number }): Promise<void>;
  /** Resolves when the guest's agent answers; rejects when the instance stops before, or after `timeoutMs` (2 min). */
  ready(options?: { timeoutMs?: number }): Promise<void>;
  /**
   * Resolves when what it was given at launch (key pair, user data, password) has been done, at once when it was given
   * nothing. Rejects with `FirstStart.Failed` when something of it went wrong, when the instance stops before, or after
   * `timeoutMs` (2 min).
   */
  waitForFirstStart(options?: { timeoutMs?: number }): Promise<void>;
  exec(command: string | readonly string[], options?: ExecOptions): Promise<ExecOutcome>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, data: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  /** Orderly shutdown, then power off after a grace time; `force` cuts the power at once. Resolves when stopped. */
  stop(options?: { force?: boolean }): Promise<void>;
  /** Resolves when running. */
  start(): Promise<void>;
  /** Resolves when the guest has begun to restart. */
  reboot(): Promise<void>;
  /**
   * Changes its attributes at any time; its type, kernel, command line or user data for its next start: those are
   * `IncorrectInstanceState` unless it is stopped (F24).
   */
  modify(request: ModifyInstanceRequest): Promise<void>;
  /** What the instance metadata service shall do (F13), at any time; what is not named stays. */
  modifyMetadataOptions(options: Partial<MetadataOptions>): Promise<void>;
  /** Whether it starts again by itself, at any time: see `MaintenanceOptions`. */
  modifyMaintenanceOptions(options: MaintenanceOptions): Promise<void>;
  /** Gives it these tags and no others: up to 50, keys of 1–128 characters, values of up to 256 (F77). */
  setTags(tags: Readonly<Record<string, string>>): Promise<void>;
  /** Resolves when terminated; volumes that go with it are deleted, the others are available (F43). */
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

export interface Cloud {
  readonly instances: Instances;
  readonly images: Images;
  readonly volumes: Volumes;
  readonly snapshots: Snapshots;
  readonly keyPairs: KeyPairs;
  readonly launchTemplates: LaunchTemplates;
  readonly network: Network;
  readonly vpcs: Vpcs;
  readonly subnets: Subnets;
  readonly securityGroups: SecurityGroups;
  readonly routeTables: RouteTables;
  readonly internetGateways: InternetGateways;
  readonly natGateways: NatGateways;
  readonly networkAcls: NetworkAcls;
  readonly networkInterfaces: NetworkInterfaces;
  readonly addresses: Addresses;
  readonly flowLogs: FlowLogs;
  readonly backups: Backups;
  readonly quotas: Quotas;
  readonly billing: Billing;
  readonly storage: Storage;
  readonly encryption: Encryption;
  readonly access: Access;
  readonly events: Events;
  readonly instanceTypes: readonly InstanceType[];
  /**
   * EC2's own API, for the AWS SDK: a request handler with which it talks to this cloud, and to nothing else.
   *
   * ```ts
   * const credentials = { accessKeyId: "test", secretAccessKey: "test" };
   * const ec2 = new EC2Client({ region: "us-east-1", credentials, requestHandler: cloud.ec2 });
   * ```
   *
   * Loaded with the first request. A new cloud has the access key test/test of its root user; `access` makes others. In a
   * follower the tab that runs the cloud answers; tokens of pages end when another tab takes over.
   */
  readonly ec2: Ec2RequestHandler;
  /** Whether this tab runs the cloud, or works it through the tab that does. */
  readonly role: TabRole;
  /**
   * Fires when this tab has become the owner: the one before was closed, reloaded or killed. What ran there has stopped,
   * with `Server.PageClosed`. All objects stay as they are; a call that was under way rejects with `Cloud.OwnerGone` (whether
   * it was done is not known), one that is made before there is an owner again waits for it, or rejects with
   * `Cloud.NoOwner` after 30 seconds.
   */
  readonly onRoleChange: Event<RoleChange>;
  /**
   * In the owner: stops the instances of all accounts and regions in order, whoever this tab works as, those that are
   * protected from it as well: for a page that is going to be closed. Resolves when each has stopped or could not be, which
   * `told` hears. In a follower: `IncorrectState`.
   */
  stopAll(told?: (progress: StopProgress) => void): Promise<void>;
  /**
   * In the owner: cuts the power of every instance after its disk is flushed, and lets go of everything. In a follower the
   * owner goes on.
   */
  dispose(): Promise<void>;
}
