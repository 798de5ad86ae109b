import * as v from "valibot";
import type { Contract } from "./contract.ts";
import { cryptoKeySchema } from "./crypto-key.ts";
import { metadataSchema } from "./metadata-schema.ts";
import { connectionPortsSchema } from "./port-connection.ts";

/** What the page and the network's worker say to each other. */

const port = v.instance(MessagePort);
const nothing = v.void();
const text = v.string();
const flag = v.boolean();
const number = v.pipe(v.number(), v.safeInteger());
// Strict, so that what is new in the model, and not here, fails by name.
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.readonly());

/** Made by this build's own network: its type is there. */
const record = v.custom<object>((value) => typeof value === "object" && value !== null);

const traffic = { protocol: number, fromPort: v.exactOptional(number), toPort: v.exactOptional(number) };

const vpc = v.strictObject({
  id: text,
  cidrBlocks: list(text),
  dnsSupport: flag,
  dnsHostnames: flag,
  region: text,
  internetGateway: v.exactOptional(v.strictObject({ id: text, outbound: flag })),
});

const subnet = v.strictObject({ id: text, vpcId: text, cidrBlock: text, routeTableId: text, networkAclId: text });

const routeTarget = v.strictObject({
  kind: v.picklist(["internet-gateway", "nat-gateway", "network-interface", "blackhole"]),
  id: text,
});
const routeTable = v.strictObject({
  id: text,
  vpcId: text,
  routes: list(v.strictObject({ destinationCidrBlock: text, target: routeTarget })),
});

const aclEntry = v.strictObject({ ...traffic, ruleNumber: number, egress: flag, allow: flag, cidrBlock: text });
const networkAcl = v.strictObject({ id: text, vpcId: text, entries: list(aclEntry) });

const peer = v.variant("kind", [
  v.strictObject({ kind: v.literal("cidr"), cidrBlock: text }),
  v.strictObject({ kind: v.literal("group"), groupId: text }),
]);
const securityGroup = v.strictObject({
  id: text,
  vpcId: text,
  rules: list(v.strictObject({ ...traffic, id: text, egress: flag, peer })),
});

const connectionTracking = v.strictObject({
  tcpEstablishedTimeout: v.exactOptional(number),
  udpTimeout: v.exactOptional(number),
  udpStreamTimeout: v.exactOptional(number),
});

const networkInterface = v.strictObject({
  id: text,
  vpcId: text,
  subnetId: text,
  macAddress: text,
  addresses: list(v.strictObject({ privateIp: text, publicIp: v.exactOptional(text) })),
  groupIds: list(text),
  sourceDestCheck: flag,
  instanceId: v.exactOptional(text),
  hostname: text,
  connectionTracking: v.exactOptional(connectionTracking),
});

const natGateway = v.strictObject({ id: text, vpcId: text, subnetId: text, interfaceId: text });

/** `NetworkModel` of `src/network/model.ts`, as it crosses threads. */
export const networkModelSchema = v.strictObject({
  vpcs: list(vpc),
  subnets: list(subnet),
  routeTables: list(routeTable),
  networkAcls: list(networkAcl),
  securityGroups: list(securityGroup),
  interfaces: list(networkInterface),
  natGateways: list(natGateway),
  metadata: v.exactOptional(list(metadataSchema)),
});
export type NetworkConfiguration = v.InferOutput<typeof networkModelSchema>;

const byReason = v.record(v.string(), v.number());

/** `SwitchCounters` of `src/network/switch`. */
const countersSchema = v.object({
  framesIn: v.number(),
  bytesIn: v.number(),
  framesOut: v.number(),
  bytesOut: v.number(),
  droppedIn: byReason,
  droppedOut: byReason,
});

const setupSchema = v.object({
  /** What identity documents are signed with (F13). */
  identity: v.object({ privateKey: cryptoKeySchema, publicKey: cryptoKeySchema }),
  /** A Wisp relay ("wss://…/"), by which TCP leaves; without one HTTP leaves by `fetch`. */
  wispUrl: v.exactOptional(text),
  /** The relay takes guests to its own computer and the network around that, too. */
  wispLocal: v.exactOptional(flag),
  /** A resolver with a JSON API; without one names get addresses that stand for them. */
  dnsOverHttpsUrl: v.exactOptional(text),
});
export type NetworkSetup = v.InferOutput<typeof setupSchema>;

const connectRequestSchema = v.object({
  /** A public address of the cloud's. */
  address: text,
  port: number,
  timeoutMs: number,
  ports: connectionPortsSchema,
  /** Of the thread at the other ends of the ports: its connections end with it. */
  lifeLock: text,
});

export const networkContract = {
  /** What does not change while the cloud is open. Until it is told nothing leaves, and who wants a signature waits. */
  setUp: { args: v.tuple([setupSchema]), result: nothing, deadlineMs: 30_000 },
  /** The network is to be so, from when this resolves; what it was before is forgotten, but not its connections. */
  configure: { args: v.tuple([networkModelSchema]), result: nothing, deadlineMs: 30_000 },
  /** Plugs an interface in: `port` is its way from and to its machine (`src/network/ports`), in place of an earlier one. */
  plug: { args: v.tuple([text, port]), result: nothing, deadlineMs: 30_000 },
  /** The interface's machine is gone, or has let go of it. */
  unplug: { args: v.tuple([text]), result: nothing, deadlineMs: 30_000 },
  /**
   * Opens a TCP connection from the page's address, and carries it by `ports` from when this resolves. Gives the name of a
   * lock that the network's worker holds. Rejects as `TcpStack.connect`; who gives up says so by the ports.
   */
  connect: { args: v.tuple([connectRequestSchema]), result: text, deadlineMs: undefined },
  /** As `FlowLogRecord` of `src/network/flow-log`, oldest first. */
  flowLog: { args: v.tuple([text]), result: v.array(record), deadlineMs: 10_000 },
  /** As `Incident` of `src/network/switch`: what the interface's guest has claimed to be, and is not; oldest first. */
  incidents: {
    args: v.tuple([text]),
    result: v.array(v.object({ time: v.number(), interfaceId: text, reason: text, what: text, count: v.number() })),
    deadlineMs: 10_000,
  },
  /** Posts lists of `FlowRecord`s of an interface to the port until anything comes back, and resolves then. */
  followFlowLog: { args: v.tuple([text, port]), result: nothing, deadlineMs: undefined },
  /** Sends a pcapng file of what passes at an interface as a port stream, until its reader cancels it, and resolves then. */
  capture: {
    args: v.tuple([
      text,
      v.object({ snapLength: v.exactOptional(number), bufferBytes: v.exactOptional(number) }),
      port,
    ]),
    result: nothing,
    deadlineMs: undefined,
  },
  /** By interface, of those that are plugged in. */
  counters: { args: v.tuple([]), result: v.record(v.string(), countersSchema), deadlineMs: 10_000 },
} satisfies Contract;

export type ConnectRequest = v.InferOutput<typeof connectRequestSchema>;
export type NetworkContract = typeof networkContract;
