import { CloudError, hasCode } from "../../base/errors.ts";
import type { InstanceState } from "../../lifecycle/states.ts";
import type { NetworkModel } from "../../network/model.ts";
import type { Reachability } from "../../network/reachability/reachability-types.ts";
import { type ConnectionPorts, closePorts } from "../../protocol/port-connection.ts";
import type { Registry } from "../registry.ts";
import { invalidValue } from "./network-errors.ts";
import type { PacketNetwork } from "./network-in-force.ts";
import { networkModel } from "./network-model.ts";

/** What a tab asks for: the bytes go between it and the network's worker, and past whoever arranges it. */
export interface ConnectRequest {
  readonly port: number;
  /** Ten seconds by default. */
  readonly timeoutMs?: number | undefined;
  /** Of the network's end. */
  readonly ports: ConnectionPorts;
  /** A Web Lock that the tab holds as long as it lives. */
  readonly lifeLock: string;
}

/** A connection that is open. */
export interface OpenConnection {
  /** The instance's public one. */
  readonly address: string;
  /** A Web Lock that the network's worker holds as long as it lives. */
  readonly networkLock: string;
}

/** An answer takes milliseconds; a guest that is busy may be asked a few times. */
const TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 300_000;
/** A few ports of each of many instances. */
const MAX_WAYS = 1000;

/** Connections of tabs to instances, as of clients in the Internet. */
export class InstanceConnections {
  readonly #registry: Registry;
  readonly #network: Pick<PacketNetwork, "client"> | undefined;
  /** Addresses by instance and port, of networks that are as they were when they were found: a page makes many connections. */
  readonly #ways = new Map<string, Promise<string>>();
  #waysOf = "";

  constructor(registry: Registry, network: Pick<PacketNetwork, "client"> | undefined) {
    this.#registry = registry;
    this.#network = network;
  }

  /**
   * Resolves when the connection is open. Rejects with `InvalidParameterValue`,
   * `IncorrectInstanceState` unless the instance runs, `Network.Unreachable`, `Network.ConnectionRefused`, or
   * `Network.ConnectionTimedOut`, which says what keeps the packets.
   */
  async open(instanceId: string, state: InstanceState, request: ConnectRequest): Promise<OpenConnection> {
    try {
      return await this.#open(instanceId, state, request);
    } catch (thrown) {
      closePorts(request.ports);
      throw thrown;
    }
  }

  async #open(instanceId: string, state: InstanceState, request: ConnectRequest): Promise<OpenConnection> {
    const { port, timeoutMs = TIMEOUT_MS, ports, lifeLock } = request;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw invalidValue(`Port ${String(port).slice(0, 32)} is none: 1 to 65535 are.`);
    }
    if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
      throw invalidValue(`timeoutMs is ${String(timeoutMs).slice(0, 32)}: it is at most ${MAX_TIMEOUT_MS}.`);
    }
    if (state !== "running") {
      const text = `The instance '${instanceId}' is ${state}: only one that runs can be connected to.`;
      throw new CloudError("IncorrectInstanceState", text, { instanceId, state });
    }
    const address = await this.#way(instanceId, port);
    const client = await this.#network?.client();
    if (client === undefined) throw unreachable("This cloud's machines have no network.", { instanceId });
    try {
      return { address, networkLock: await client.connect({ address, port, timeoutMs, ports, lifeLock }) };
    } catch (thrown) {
      if (!hasCode(thrown, "Network.ConnectionTimedOut")) throw thrown;
      throw await explained(thrown, networkModel(this.#registry), instanceId, address, port);
    }
  }

  async #way(instanceId: string, port: number): Promise<string> {
    const networks = this.#registry.network.map(({ version }) => version).join(" ");
    if (networks !== this.#waysOf || this.#ways.size >= MAX_WAYS) this.#ways.clear();
    this.#waysOf = networks;
    const key = `${instanceId} ${port}`;
    const known = this.#ways.get(key);
    if (known !== undefined) return await known;
    const way = checkWay(networkModel(this.#registry), instanceId, port);
    this.#ways.set(key, way);
    return await way;
  }
}

/** The instance's public address. `Network.Unreachable`: none of its packets would get there, whatever its groups say. */
async function checkWay(model: NetworkModel, instanceId: string, port: number): Promise<string> {
  const own = model.interfaces.filter((one) => one.instanceId === instanceId);
  const address = own.flatMap(({ addresses }) => addresses).find(({ publicIp }) => publicIp !== undefined)?.publicIp;
  if (address === undefined) {
    const text = `The instance '${instanceId}' has no public IPv4 address: associate an Elastic IP address with it, or launch it in a subnet that gives one.`;
    throw unreachable(text, { instanceId });
  }
  const { forward, back } = await explain(model, address, port);
  const last = [forward, back].find((path) => path?.outcome.arrived === false);
  const reason = last?.outcome.arrived === false ? last.outcome.reason : undefined;
  const subnet = model.subnets.find(({ id }) => own.some(({ subnetId }) => subnetId === id));
  const details = { instanceId, address, reason, subnetId: subnet?.id, routeTableId: subnet?.routeTableId };
  switch (reason) {
    case "no-internet-gateway":
      throw unreachable(
        `The VPC of '${instanceId}' has no internet gateway where its routes lead: attach one to it.`,
        details,
      );
    case "no-route":
    case "blackhole": {
      const text = `The route table ${subnet?.routeTableId} of the subnet ${subnet?.id} has no route to the VPC's internet gateway, so there is no way in: add a route 0.0.0.0/0 to it.`;
      throw unreachable(text, details);
    }
    default:
      // What filters drop is sent, so that it can be seen in the flow log, and comes to nothing.
      return address;
  }
}

/** What stops packets says who knows the rules; a guest that drops them itself is not among these. */
async function explained(
  error: CloudError,
  model: NetworkModel,
  instanceId: string,
  address: string,
  port: number,
): Promise<CloudError> {
  const answer = await explain(model, address, port);
  const why = answer.reachable
    ? `Its security groups and network ACLs let port ${port} pass: look whether something in the guest drops it (a firewall, a guest that hangs).`
    : `${(await sentences(answer)).at(-2) ?? ""} Check the inbound rules of its security groups for TCP port ${port}.`;
  const text = `No answer from port ${port} of '${instanceId}' (${address}). ${why}`;
  return new CloudError(error.code, text, { ...error.details, instanceId, address, port });
}

/** Loaded when it is needed: it has the whole network in it. */
async function explain(model: NetworkModel, address: string, port: number): Promise<Reachability> {
  const { explainReachability } = await import("../../network/reachability/reachability.ts");
  const destination = { kind: "address", address } as const;
  return await explainReachability(model, { source: { kind: "page" }, destination, protocol: "tcp", port });
}

async function sentences(answer: Reachability): Promise<string[]> {
  const { describeReachability } = await import("../../network/reachability/sentences.ts");
  return describeReachability(answer);
}

const unreachable = (message: string, details: Readonly<Record<string, unknown>>): CloudError =>
  new CloudError("Network.Unreachable", message, details);
