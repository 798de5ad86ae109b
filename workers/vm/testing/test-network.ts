import type { NetworkModel, SecurityGroupRuleModel } from "../../../src/network/model.ts";
import type { Client } from "../../../src/protocol/contract.ts";
import { waitUntilReady } from "../../../src/protocol/handshake.ts";
import { type NetworkContract, networkContract } from "../../../src/protocol/network-contract.ts";
import { connect } from "../../../src/protocol/rpc.ts";
import type { MachineInterface } from "../../../src/protocol/vm-contract.ts";
import { owned } from "./machines.ts";
import { TestVm, type TestVmOptions } from "./test-vm.ts";

const WORKER_START_MS = 60_000;

/** Every protocol from and to everybody. */
const OPEN: readonly SecurityGroupRuleModel[] = [true, false].map((egress) => ({
  id: `sgr-${egress}`,
  egress,
  protocol: -1,
  peer: { kind: "cidr", cidrBlock: "0.0.0.0/0" },
}));

/** A subnet in a VPC, with everything allowed unless `rules` say otherwise. */
export function oneSubnet(hosts: readonly number[], rules = OPEN): NetworkModel {
  const vpcId = "vpc-1";
  return {
    vpcs: [{ id: vpcId, cidrBlocks: ["10.0.0.0/16"], dnsSupport: true, dnsHostnames: true, region: "us-east-1" }],
    subnets: [{ id: "subnet-1", vpcId, cidrBlock: "10.0.0.0/24", routeTableId: "rtb-1", networkAclId: "acl-1" }],
    routeTables: [{ id: "rtb-1", vpcId, routes: [] }],
    networkAcls: [{ id: "acl-1", vpcId, entries: [] }],
    securityGroups: [{ id: "sg-1", vpcId, rules }],
    interfaces: hosts.map((host) => ({
      id: `eni-${host}`,
      vpcId,
      subnetId: "subnet-1",
      macAddress: macOf(host),
      addresses: [{ privateIp: addressOf(host) }],
      groupIds: ["sg-1"],
      sourceDestCheck: true,
      instanceId: `i-${host}`,
      hostname: `ip-10-0-0-${host}`,
    })),
    natGateways: [],
  };
}

export const addressOf = (host: number): string => `10.0.0.${host}`;
const macOf = (host: number): string => `02:00:0a:00:00:${host.toString(16).padStart(2, "0")}`;

/** The card of the interface of a host of `oneSubnet`. */
export const cardOf = (host: number, deviceIndex = 0): MachineInterface => ({
  interfaceId: `eni-${host}`,
  macAddress: macOf(host),
  deviceIndex,
});

/** The network's worker, and machines in it. */
export class TestNetwork {
  readonly client: Client<NetworkContract>;
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.client = connect(networkContract, worker);
  }

  static async start(model: NetworkModel): Promise<TestNetwork> {
    const worker = new Worker(new URL("../../network/entry.ts", import.meta.url), { type: "module" });
    const network = new TestNetwork(worker);
    await waitUntilReady(worker, WORKER_START_MS);
    await network.client.configure(model);
    return network;
  }

  /** Gives the machine's end of a way for the interface. */
  async plug(host: number): Promise<MessagePort> {
    const { port1, port2 } = new MessageChannel();
    await this.client.plug(`eni-${host}`, port1);
    return port2;
  }

  /** Boots a machine that has the interface, and lives as long as the test. */
  async boot(host: number, options: TestVmOptions = {}): Promise<TestVm> {
    return owned(
      await TestVm.boot({
        ...options,
        network: { [`eni-${host}`]: await this.plug(host) },
        change: (spec) => ({ ...spec, hostname: `ip-10-0-0-${host}`, networkInterfaces: [cardOf(host)] }),
      }),
    );
  }

  dispose(): void {
    this.#worker.terminate();
  }
}
