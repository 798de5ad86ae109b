import type { Event } from "../../base/event.ts";
import type { AccessCalls } from "../access/access-calls.ts";
import type { CloudAccess } from "../access/cloud-access.ts";
import type { CloudResources } from "../assembly.ts";
import type { CloudInstance } from "../instance.ts";
import type { InstanceConsole } from "../instance-console.ts";
import { NETWORK_PLAN } from "./network-plan.ts";

/**
 * How a tab that follows has each member of the API:
 * - "call": the owner does it. This is the list of what a follower may ask for; nothing else is done for it.
 * - "list", "get": from its copy of the list.
 * - "value": from its copy, which is taken when the resource's `onChange` has fired.
 * - "event": fires in every tab.
 */
type KindOf<M> = M extends (...args: never[]) => Promise<unknown>
  ? "call"
  : M extends Event<void>
    ? "event"
    : M extends () => readonly { readonly id: string }[]
      ? "list"
      : M extends (id: string) => { readonly id: string }
        ? "get"
        : M extends (...args: never[]) => unknown
          ? never
          : "value";

export type Kind = "call" | "list" | "get" | "value" | "event";

/** As a tab's cloud has them: of users and policies, what a caller can call for. */
export type ApiResources = Omit<CloudResources, "access"> & {
  readonly access: AccessCalls & Pick<CloudAccess, "onChange">;
};
type PlanOf<R> = { readonly [K in keyof R]?: KindOf<R[K]> };

/**
 * The API's members, each with its kind. One that is missing here is missing in what `openCloud` gives: `api/index.ts`
 * does not compile then.
 */
export const PLAN = {
  instances: { launch: "call", get: "get", list: "list", onChange: "event" },
  images: {
    list: "call",
    get: "call",
    onChange: "event",
    createFromInstance: "call",
    register: "call",
    copy: "call",
    deregister: "call",
    exportBundle: "call",
    exportBundleTo: "call",
    importBundle: "call",
    setTags: "call",
    setDescription: "call",
    share: "call",
    setDeprecation: "call",
    disable: "call",
    enable: "call",
  },
  volumes: {
    list: "list",
    get: "get",
    onChange: "event",
    create: "call",
    attach: "call",
    detach: "call",
    delete: "call",
    modify: "call",
    growFileSystem: "call",
    rollback: "call",
    setDeleteOnTermination: "call",
    setTags: "call",
    storedBytes: "call",
    chain: "call",
    export: "call",
  },
  snapshots: {
    list: "list",
    get: "get",
    onChange: "event",
    create: "call",
    createMany: "call",
    copy: "call",
    share: "call",
    import: "call",
    export: "call",
    delete: "call",
    usage: "call",
    setTags: "call",
  },
  keyPairs: {
    list: "list",
    get: "get",
    onChange: "event",
    create: "call",
    import: "call",
    delete: "call",
    setTags: "call",
  },
  launchTemplates: {
    list: "list",
    get: "get",
    onChange: "event",
    create: "call",
    createVersion: "call",
    versions: "call",
    version: "call",
    setDefaultVersion: "call",
    delete: "call",
    deleteVersion: "call",
    dataOfInstance: "call",
    setTags: "call",
  },
  ...NETWORK_PLAN,
  backups: { list: "list", onChange: "event", create: "call", run: "call", delete: "call" },
  quotas: { onChange: "event", list: "call", requests: "call", request: "call", decide: "call" },
  billing: {
    prices: "value",
    onChange: "event",
    setPrices: "call",
    usage: "call",
    cost: "call",
    exportCsv: "call",
    estimate: "call",
  },
  encryption: {
    state: "value",
    byDefault: "value",
    onChange: "event",
    setEncryptByDefault: "call",
    setPassphrase: "call",
    unlock: "call",
    lock: "call",
    removePassphrase: "call",
  },
  storage: {
    state: "value",
    onChange: "event",
    usage: "call",
    persist: "call",
    evictImageCache: "call",
    dismissLoss: "call",
  },
  events: { list: "list", onChange: "event" },
  access: {
    onChange: "event",
    getCallerIdentity: "call",
    verifyCredentials: "call",
    deniedReads: "call",
    listUsers: "call",
    createUser: "call",
    deleteUser: "call",
    listGroups: "call",
    createGroup: "call",
    deleteGroup: "call",
    addUserToGroup: "call",
    removeUserFromGroup: "call",
    listAccessKeys: "call",
    createAccessKey: "call",
    updateAccessKey: "call",
    deleteAccessKey: "call",
    listPolicies: "call",
    createPolicy: "call",
    createPolicyVersion: "call",
    deletePolicy: "call",
    attachUserPolicy: "call",
    detachUserPolicy: "call",
    attachGroupPolicy: "call",
    detachGroupPolicy: "call",
    putUserPolicy: "call",
    deleteUserPolicy: "call",
    putGroupPolicy: "call",
    deleteGroupPolicy: "call",
    simulatePrincipalPolicy: "call",
    listAccounts: "call",
    createAccount: "call",
    lookupEvents: "call",
    exportEvents: "call",
  },
} as const satisfies Partial<{ readonly [R in keyof ApiResources]: PlanOf<ApiResources[R]> }>;

export const INSTANCE_PLAN = {
  id: "value",
  ownerId: "value",
  region: "value",
  availabilityZone: "value",
  name: "value",
  tags: "value",
  state: "value",
  stateReason: "value",
  stateTransitionReason: "value",
  status: "value",
  systemStatus: "value",
  attributes: "value",
  keyName: "value",
  passwordSetAt: "value",
  firstStart: "value",
  imageId: "value",
  imageName: "value",
  type: "value",
  hostname: "value",
  privateIpAddress: "value",
  publicIpAddress: "value",
  launchTime: "value",
  rootVolumeId: "value",
  rootVolumeBytes: "value",
  rootDevice: "value",
  rootDeviceType: "value",
  instanceStores: "value",
  kernel: "value",
  boot: "value",
  onChange: "event",
  waitUntil: "call",
  ready: "call",
  waitForFirstStart: "call",
  exec: "call",
  readFile: "call",
  writeFile: "call",
  connect: "call",
  stop: "call",
  start: "call",
  reboot: "call",
  modify: "call",
  modifyMetadataOptions: "call",
  modifyMaintenanceOptions: "call",
  setTags: "call",
  terminate: "call",
} as const satisfies PlanOf<CloudInstance>;

export const CONSOLE_PLAN = { write: "call", resize: "call" } as const satisfies PlanOf<InstanceConsole>;

export type ResourceName = keyof typeof PLAN;
export const RESOURCES = Object.keys(PLAN) as ResourceName[];

type KeysOf<P, K extends Kind> = { [M in keyof P]: P[M] extends K ? M : never }[keyof P];

/** What can be read of an instance at once. */
export type InstanceFacts = Pick<CloudInstance, KeysOf<typeof INSTANCE_PLAN, "value">>;

export function membersOf(plan: Readonly<Record<string, Kind>>, kind: Kind): string[] {
  return Object.keys(plan).filter((member) => plan[member] === kind);
}

/** The plan of what is named in a call; undefined when there is no such thing. */
export function planOf(resource: string): Readonly<Record<string, Kind>> | undefined {
  if (resource === "instance") return INSTANCE_PLAN;
  if (resource === "console") return CONSOLE_PLAN;
  return Object.hasOwn(PLAN, resource) ? PLAN[resource as ResourceName] : undefined;
}
