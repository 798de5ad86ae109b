import { describe, expect, it } from "vitest";
import { type NetworkLabModel, networkModelOf } from "../../../test/support/network-lab.ts";
import type { NetworkModel } from "../model.ts";
import { explainReachability } from "./reachability.ts";
import type { ReachabilityPath, ReachabilityQuestion } from "./reachability-types.ts";
import { describeReachability } from "./sentences.ts";

/** A bastion that the page may reach by SSH, an inner host that only the bastion may, both in one VPC; and another VPC. */
const bastion: NetworkLabModel = {
  vpcs: { "vpc-1": { cidr: "10.0.0.0/16", gateway: "out" }, "vpc-2": { cidr: "10.0.0.0/16", gateway: "in" } },
  subnets: {
    "subnet-public": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] },
    "subnet-private": { vpc: "vpc-1", cidr: "10.0.1.0/24", routes: ["0.0.0.0/0 nat-1"] },
    "subnet-other": { vpc: "vpc-2", cidr: "10.0.0.0/24" },
  },
  interfaces: {
    "eni-bastion": { subnet: "subnet-public", ip: "10.0.0.10", publicIp: "198.51.100.10", groups: ["sg-bastion"] },
    "eni-inner": { subnet: "subnet-private", ip: "10.0.1.20", groups: ["sg-inner"] },
    "eni-nat": { subnet: "subnet-public", ip: "10.0.0.5", publicIp: "198.51.100.5", groups: [] },
    "eni-other": { subnet: "subnet-other", ip: "10.0.0.10" },
  },
  groups: {
    "sg-bastion": ["in tcp 22 203.0.113.1/32", "out all 0.0.0.0/0"],
    "sg-inner": ["in tcp 22 sg-bastion", "out tcp 443 0.0.0.0/0"],
  },
  nats: { "nat-1": "eni-nat" },
};

/** All interfaces but the NAT gateway's are a machine's. */
function modelOf(lab: NetworkLabModel): NetworkModel {
  const model = networkModelOf(lab);
  const machines = model.interfaces.map((one) => (one.id === "eni-nat" ? one : { ...one, instanceId: `i-${one.id}` }));
  return { ...model, interfaces: machines };
}

const from = (interfaceId: string) => ({ kind: "interface", interfaceId }) as const;
const to = from;
const at = (address: string) => ({ kind: "address", address }) as const;
const PAGE = { kind: "page" } as const;
const explain = (lab: NetworkLabModel, question: ReachabilityQuestion) => explainReachability(modelOf(lab), question);
const ssh = (source: ReachabilityQuestion["source"], destination: ReachabilityQuestion["destination"]) =>
  ({ source, destination, protocol: "tcp", port: 22 }) as const;

/** Steps as short words. */
const steps = (path: ReachabilityPath | undefined) =>
  path?.steps.map((step) => {
    if (step.kind === "route") {
      const target = step.route?.target;
      return `${step.subnetId} ${step.route?.destinationCidrBlock ?? "no route"} ${target?.kind === "local" ? "local" : target?.id}`;
    }
    const { by } = step.verdict;
    const what = by.kind === "rule" ? by.ruleId : by.kind === "acl-entry" ? `acl ${by.ruleNumber}` : by.kind;
    return `${step.interfaceId} ${step.direction} ${what}${step.verdict.accept ? "" : " refused"}`;
  });

describe("reachability", () => {
  it("F55: from the page to the bastion: each step there and back", async () => {
    const { reachable, forward, back } = await explain(bastion, ssh(PAGE, to("eni-bastion")));
    expect(reachable).toBe(true);
    expect([forward.from, forward.to, forward.outcome]).toEqual([
      "203.0.113.1",
      "198.51.100.10",
      { arrived: true, at: "interface", interfaceId: "eni-bastion" },
    ]);
    expect(steps(forward)).toEqual([
      "subnet-public 0.0.0.0/0 igw-vpc-1",
      "eni-bastion ingress acl 100",
      "eni-bastion ingress sgr(in tcp 22 203.0.113.1/32)",
    ]);
    expect([back?.from, back?.to, back?.outcome]).toEqual([
      "10.0.0.10",
      "203.0.113.1",
      { arrived: true, at: "outside" },
    ]);
    expect(steps(back)).toEqual([
      "subnet-public 0.0.0.0/0 igw-vpc-1",
      "eni-bastion egress sgr(in tcp 22 203.0.113.1/32)",
      "eni-bastion egress acl 100",
    ]);
  });

  it("F55: from the bastion to the inner host; not from elsewhere", async () => {
    const hop = await explain(bastion, ssh(from("eni-bastion"), to("eni-inner")));
    expect(hop.reachable).toBe(true);
    expect(steps(hop.forward)).toEqual([
      "subnet-public 10.0.0.0/16 local",
      "eni-bastion egress sgr(out all 0.0.0.0/0)",
      "eni-bastion egress acl 100",
      "eni-inner ingress acl 100",
      "eni-inner ingress sgr(in tcp 22 sg-bastion)",
    ]);
    const page = await explain(bastion, ssh(PAGE, to("eni-inner")));
    expect(page).toMatchObject({ reachable: false, forward: { outcome: { reason: "no-public-address" } } });
    const world = await explain(bastion, ssh(at("192.0.2.1"), to("eni-bastion")));
    expect(world.forward.outcome).toEqual({ arrived: false, reason: "security-group", interfaceId: "eni-bastion" });
    expect(steps(world.forward)?.at(-1)).toBe("eni-bastion ingress no-rule refused");
  });

  it("F54: an answer needs no rule of its own", async () => {
    const { reachable, back } = await explain(bastion, ssh(from("eni-bastion"), to("eni-inner")));
    expect(reachable).toBe(true);
    expect(steps(back)?.[1]).toBe("eni-inner egress sgr(in tcp 22 sg-bastion)");
  });

  it("F52: a network ACL that stops the answer only", async () => {
    const acl = ["100 allow in all 0.0.0.0/0", "100 allow out tcp 443 0.0.0.0/0"];
    const subnets = { ...bastion.subnets, "subnet-private": { vpc: "vpc-1", cidr: "10.0.1.0/24", acl } };
    const { reachable, forward, back } = await explain(
      { ...bastion, subnets },
      ssh(from("eni-bastion"), to("eni-inner")),
    );
    expect([reachable, forward.outcome.arrived]).toEqual([false, true]);
    expect(back?.outcome).toEqual({ arrived: false, reason: "network-acl", interfaceId: "eni-inner" });
    expect(steps(back)?.at(-1)).toBe("eni-inner egress acl 32767 refused");
  });

  it("F53: out of a private subnet through the NAT gateway, and back", async () => {
    const https = { source: from("eni-inner"), destination: at("192.0.2.80"), protocol: "tcp", port: 443 } as const;
    const { reachable, forward, back } = await explain(bastion, https);
    expect(reachable).toBe(true);
    expect(steps(forward)).toEqual([
      "subnet-private 0.0.0.0/0 nat-1",
      "eni-inner egress sgr(out tcp 443 0.0.0.0/0)",
      "eni-inner egress acl 100",
      "subnet-public 0.0.0.0/0 igw-vpc-1",
      "eni-nat ingress acl 100",
      "eni-nat ingress no-groups",
      "eni-nat egress no-groups",
      "eni-nat egress acl 100",
    ]);
    expect([back?.to, back?.outcome]).toEqual([
      "198.51.100.5",
      { arrived: true, at: "interface", interfaceId: "eni-inner" },
    ]);
  });

  it("F52: without a route, without a gateway, with one that lets nothing out, and with a route to what is gone", async () => {
    const out = (routes: string[], gateway?: "in" | "out") =>
      explain(
        {
          ...bastion,
          vpcs: { ...bastion.vpcs, "vpc-1": { cidr: "10.0.0.0/16", ...(gateway && { gateway }) } },
          subnets: { ...bastion.subnets, "subnet-public": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes } },
        },
        ssh(from("eni-bastion"), at("192.0.2.1")),
      );
    const reasons = [
      await out([], "out"),
      await out(["0.0.0.0/0 igw-vpc-1"]),
      await out(["0.0.0.0/0 igw-vpc-1"], "in"),
      await out(["0.0.0.0/0 blackhole"], "out"),
      await out(["0.0.0.0/0 igw-vpc-1"], "out"),
    ].map(({ forward: { outcome } }) => (outcome.arrived ? outcome.at : outcome.reason));
    expect(reasons).toEqual(["no-route", "no-internet-gateway", "outbound-off", "blackhole", "outside"]);
  });

  it("F52: another VPC is another world", async () => {
    const { forward } = await explain(bastion, ssh(from("eni-other"), to("eni-inner")));
    expect(forward.outcome).toEqual({ arrived: false, reason: "other-vpc" });
    const same = await explain(bastion, ssh(from("eni-bastion"), at("10.0.0.99")));
    expect(same.forward.outcome).toEqual({ arrived: false, reason: "no-host", interfaceId: "eni-bastion" });
  });

  it("F54: a ping, and UDP; and an address of the VPC's own", async () => {
    const ping = (port?: number) =>
      ({
        source: from("eni-bastion"),
        destination: to("eni-inner"),
        protocol: port ? "udp" : "icmp",
        ...(port && { port }),
      }) as const;
    for (const question of [ping(), ping(53)]) {
      expect((await explain(bastion, question)).forward.outcome).toMatchObject({
        reason: "security-group",
        interfaceId: "eni-inner",
      });
    }
    const groups = { ...bastion.groups, "sg-inner": ["in icmp 8 0.0.0.0/0", "in udp 53 0.0.0.0/0"] };
    for (const question of [ping(), ping(53)])
      expect((await explain({ ...bastion, groups }, question)).reachable).toBe(true);
    const router = { source: from("eni-bastion"), destination: at("10.0.0.1"), protocol: "icmp" } as const;
    expect((await explain(bastion, router)).forward.outcome).toEqual({ arrived: true, at: "service" });
    expect(
      (await explain(bastion, { ...router, destination: at("169.254.169.254"), protocol: "tcp", port: 80 })).reachable,
    ).toBe(true);
  });

  it("F58: what is attached to nothing neither sends nor gets", async () => {
    const model = networkModelOf(bastion);
    const interfaces = model.interfaces.map((one) => (one.id === "eni-inner" ? one : { ...one, instanceId: "i-1" }));
    const there = await explainReachability({ ...model, interfaces }, ssh(from("eni-bastion"), to("eni-inner")));
    expect(there.forward.outcome).toEqual({ arrived: false, reason: "no-card", interfaceId: "eni-inner" });
    const back = await explainReachability({ ...model, interfaces }, ssh(from("eni-inner"), to("eni-bastion")));
    expect(back.forward.outcome).toEqual({ arrived: false, reason: "no-card", interfaceId: "eni-inner" });
  });

  it("F54: what an instance has to pass on is not known", async () => {
    const lab: NetworkLabModel = {
      ...bastion,
      subnets: {
        ...bastion.subnets,
        "subnet-private": { vpc: "vpc-1", cidr: "10.0.1.0/24", routes: ["0.0.0.0/0 eni-bastion"] },
      },
      interfaces: {
        ...bastion.interfaces,
        "eni-bastion": { subnet: "subnet-public", ip: "10.0.0.10", sourceDestCheck: false },
      },
    };
    const { forward } = await explain(lab, {
      source: from("eni-inner"),
      destination: at("192.0.2.1"),
      protocol: "tcp",
      port: 443,
    });
    expect(forward.outcome).toEqual({ arrived: false, reason: "forwarded-by-instance", interfaceId: "eni-bastion" });
  });

  it.each<[string, string, ReachabilityQuestion]>([
    ["an interface that is not there", "InvalidNetworkInterfaceID.NotFound", ssh(from("eni-x"), to("eni-inner"))],
    ["an address that is none", "InvalidParameterValue", ssh(from("eni-inner"), at("10.0.0"))],
    ["no port", "InvalidParameterValue", { source: PAGE, destination: to("eni-inner"), protocol: "tcp" }],
    [
      "port 65536",
      "InvalidParameterValue",
      { source: PAGE, destination: to("eni-inner"), protocol: "udp", port: 65536 },
    ],
    ["itself", "InvalidParameterCombination", ssh(from("eni-inner"), to("eni-inner"))],
  ])("F54: %s is %s", async (_, code, question) => {
    await expect(explain(bastion, question)).rejects.toMatchObject({ code });
  });

  it("F54: says it in English", async () => {
    expect(describeReachability(await explain(bastion, ssh(at("192.0.2.1"), to("eni-bastion"))))).toEqual([
      "Not reachable.",
      "192.0.2.1 sends to 198.51.100.10.",
      "Route table rtb-subnet-public of subnet-public: 0.0.0.0/0 goes to igw-vpc-1.",
      "subnet-public: inbound entry 100 of acl-subnet-public allows it.",
      "eni-bastion: no inbound rule of sg-bastion allows it.",
      "A security group drops it.",
    ]);
    expect(describeReachability(await explain(bastion, ssh(PAGE, to("eni-bastion")))).slice(-6)).toEqual([
      "The answer:",
      "10.0.0.10 sends to 203.0.113.1.",
      "Route table rtb-subnet-public of subnet-public: 0.0.0.0/0 goes to igw-vpc-1.",
      "eni-bastion: rule sgr(in tcp 22 203.0.113.1/32) of sg-bastion has allowed the connection that it answers.",
      "subnet-public: outbound entry 100 of acl-subnet-public allows it.",
      "It leaves for 203.0.113.1.",
    ]);
  });
});
