import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { AttachedPort, Frame, FramePort } from "../../src/network/frames/frame.ts";
import { EMPTY_NETWORK, type NetworkModel } from "../../src/network/model.ts";
import { PacketChannel } from "../../src/network/ports/packet-channel.ts";
import { PACKET_HEADER_BYTES } from "../../src/network/ports/packet-header.ts";
import type { SwitchCounters } from "../../src/network/switch/counters.ts";
import { networkContract, networkModelSchema } from "../../src/protocol/network-contract.ts";
import { NetworkService } from "./network-service.ts";

const MODEL: NetworkModel = {
  vpcs: [{ id: "vpc-1", cidrBlocks: ["10.0.0.0/16"], dnsSupport: true, dnsHostnames: false, region: "us-east-1" }],
  subnets: [{ id: "subnet-1", vpcId: "vpc-1", cidrBlock: "10.0.0.0/24", routeTableId: "rtb-1", networkAclId: "acl-1" }],
  routeTables: [
    {
      id: "rtb-1",
      vpcId: "vpc-1",
      routes: [{ destinationCidrBlock: "0.0.0.0/0", target: { kind: "blackhole", id: "igw-1" } }],
    },
  ],
  networkAcls: [
    {
      id: "acl-1",
      vpcId: "vpc-1",
      entries: [
        { ruleNumber: 100, egress: true, allow: true, protocol: 6, fromPort: 1, toPort: 2, cidrBlock: "0.0.0.0/0" },
      ],
    },
  ],
  securityGroups: [
    {
      id: "sg-1",
      vpcId: "vpc-1",
      rules: [{ id: "sgr-1", egress: false, protocol: -1, peer: { kind: "group", groupId: "sg-1" } }],
    },
  ],
  interfaces: [
    {
      id: "eni-1",
      vpcId: "vpc-1",
      subnetId: "subnet-1",
      macAddress: "02:00:00:00:00:01",
      addresses: [{ privateIp: "10.0.0.4", publicIp: "203.0.113.7" }, { privateIp: "10.0.0.5" }],
      groupIds: ["sg-1"],
      sourceDestCheck: true,
      hostname: "ip-10-0-0-4",
      connectionTracking: { tcpEstablishedTimeout: 60, udpStreamTimeout: 90 },
    },
  ],
  natGateways: [],
};

const COUNTERS: SwitchCounters = {
  ...{ framesIn: 3, bytesIn: 180, framesOut: 2, bytesOut: 120 },
  droppedIn: { "packet-header": 1 },
  droppedOut: { "no-room": 4 },
};

describe("the model between threads", () => {
  it("arrives as it is", () => {
    for (const model of [EMPTY_NETWORK, MODEL])
      expect(v.parse(networkModelSchema, structuredClone(model))).toEqual(model);
  });

  it("with something that this contract does not know is refused, and not passed over", () => {
    const [vpc] = MODEL.vpcs;
    expect(v.safeParse(networkModelSchema, { ...MODEL, vpcs: [{ ...vpc, mtu: 9001 }] }).success).toBe(false);
    expect(v.safeParse(networkModelSchema, { ...MODEL, subnets: [{ id: "subnet-1" }] }).success).toBe(false);
  });
});

describe("interfaces that are plugged in", () => {
  function lab() {
    const cards = new Map<string, FramePort>();
    const received: Frame[] = [];
    const gone: string[] = [];
    const network = {
      configure: () => {},
      attach(interfaceId: string, card: FramePort): AttachedPort {
        cards.set(interfaceId, card);
        return { receive: (frame) => received.push(frame), refuse: () => {}, dispose: () => gone.push(interfaceId) };
      },
      counters: () => COUNTERS,
    };
    const service = new NetworkService(network, { configure: () => {} }, { forget: () => {} });
    return { cards, received, gone, ...service.implementation };
  }

  const channelOf = (port: MessagePort) => {
    const packets: Uint8Array[] = [];
    const onPackets = (all: Uint8Array[]) => packets.push(...all);
    return { packets, channel: new PacketChannel(port, { onPackets, onInvalid: () => {} }) };
  };

  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 0));
  };

  it("have frames go both ways, are counted, and make room for another one of the same interface", async () => {
    const { cards, received, gone, plug, unplug, counters } = lab();
    const [first, second] = [new MessageChannel(), new MessageChannel()];
    await plug("eni-1", first.port1);
    const one = channelOf(first.port2);
    one.channel.add(PACKET_HEADER_BYTES + 60).fill(0);
    one.channel.flush();
    await until(() => received.length === 1);
    cards.get("eni-1")?.deliver({ bytes: new Uint8Array(100) });
    await until(() => one.packets.length === 1);
    expect(v.parse(networkContract.counters.result, await counters())).toEqual({ "eni-1": COUNTERS });

    await plug("eni-1", second.port1);
    expect(gone).toEqual(["eni-1"]);
    const two = channelOf(second.port2);
    cards.get("eni-1")?.deliver({ bytes: new Uint8Array(100) });
    await until(() => two.packets.length === 1);
    expect(one.packets).toHaveLength(1);
    await unplug("eni-1");
    await unplug("eni-1");
    expect(gone).toHaveLength(2);
    expect(await counters()).toEqual({});
    for (const { channel } of [one, two]) channel.dispose();
  });
});
