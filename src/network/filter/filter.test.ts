import { describe, expect, it, vi } from "vitest";
import {
  FilterLab,
  icmp,
  type LabModel,
  modelOf,
  parsed,
  tcp,
  udp,
  unreachable,
} from "../../../test/support/filter-lab.ts";
import { ConnectionTracker } from "./connection-tracker.ts";
import { InterfaceRules } from "./interface-rules.ts";
import type { Verdict } from "./verdict.ts";

const A = "10.0.0.10";
const B = "10.0.0.20";
const OUTSIDE = "203.0.113.1";

const nothingIn: LabModel = {
  groups: { "sg-a": ["out all 0.0.0.0/0"], "sg-b": ["out all 0.0.0.0/0"] },
  interfaces: { "eni-a": [A, "sg-a"], "eni-b": [B, "sg-b"] },
};
const withRules = (rules: readonly string[]): LabModel => ({ ...nothingIn, groups: { "sg-a": rules, "sg-b": [] } });
const reasonOf = ({ by }: Verdict) => by.kind;

describe("security groups", () => {
  it("F54: a new group lets nothing in and everything out, and lets in what answers", () => {
    const lab = new FilterLab(nothingIn);
    expect(lab.in("eni-a", tcp(`${B}:40000`, `${A}:22`, "S"))).toEqual({
      accept: false,
      by: { kind: "no-rule", groupIds: ["sg-a"] },
    });
    expect(lab.out("eni-a", tcp(`${A}:40000`, `${B}:22`, "S")).accept).toBe(true);
    expect(lab.in("eni-a", tcp(`${B}:22`, `${A}:40000`, "SA")).accept).toBe(true);
    expect(lab.in("eni-a", tcp(`${B}:22`, `${A}:40001`, "SA")).accept).toBe(false);
  });

  it("F54: the default group lets in what comes from its members, and nobody else", () => {
    const rules = ["in all sg-default", "out all 0.0.0.0/0"];
    const lab = new FilterLab({
      groups: { "sg-default": rules, "sg-b": rules },
      interfaces: { "eni-a": [A, "sg-default"], "eni-b": [B, "sg-default"], "eni-c": ["10.0.0.30", "sg-b"] },
    });
    for (const packet of [tcp(`${B}:1`, `${A}:22`, "S"), udp(`${B}:1`, `${A}:53`), icmp(B, A, 8)]) {
      expect(lab.in("eni-a", packet)).toMatchObject({ accept: true, by: { ruleId: "sgr(in all sg-default)" } });
    }
    expect(lab.in("eni-a", tcp("10.0.0.30:1", `${A}:22`, "S")).accept).toBe(false);
  });

  it("F54: groups add up, and what one allows no other forbids", () => {
    const lab = new FilterLab({
      groups: { "sg-ssh": ["in tcp 22 0.0.0.0/0"], "sg-web": ["in tcp 80 0.0.0.0/0"] },
      interfaces: { "eni-a": [A, "sg-ssh", "sg-web"] },
    });
    const decided = [22, 80, 443].map((port) => lab.in("eni-a", tcp(`${B}:1`, `${A}:${port}`, "S")).by);
    expect(decided).toEqual([
      { kind: "rule", groupId: "sg-ssh", ruleId: "sgr(in tcp 22 0.0.0.0/0)" },
      { kind: "rule", groupId: "sg-web", ruleId: "sgr(in tcp 80 0.0.0.0/0)" },
      { kind: "no-rule", groupIds: ["sg-ssh", "sg-web"] },
    ]);
  });

  it("F54: a rule's group is all private addresses of its members, from when they are members", () => {
    const groups = { "sg-a": ["in tcp 22 sg-b"], "sg-b": [], "sg-c": [] };
    const ssh = (from: string) => tcp(`${from}:40000`, `${A}:22`, "S");
    const lab = new FilterLab({ groups, interfaces: { "eni-a": [A, "sg-a"], "eni-b": [B, "sg-c"] } });
    expect(lab.in("eni-a", ssh(B)).accept).toBe(false);
    lab.configure({ groups, interfaces: { "eni-a": [A, "sg-a"], "eni-b": [B, "sg-c", "sg-b"] } });
    expect(lab.in("eni-a", ssh(B))).toMatchObject({ accept: true, tracking: "opens" });
    lab.configure({ groups, interfaces: { "eni-a": [A, "sg-a"] } });
    expect(lab.in("eni-a", tcp(`${B}:40001`, `${A}:22`, "S")).accept).toBe(false);
  });

  it("F54: the same address in another VPC is somebody else", () => {
    const lab = new FilterLab(nothingIn);
    const model = modelOf({
      groups: { "sg-a": ["in tcp 22 sg-b"], "sg-b": [] },
      interfaces: { "eni-a": [A, "sg-a"], "eni-b": [B, "sg-b"] },
    });
    const [a, b] = model.interfaces;
    if (a === undefined || b === undefined) throw new Error("two interfaces");
    lab.filter.configure({ ...model, interfaces: [a, { ...b, vpcId: "vpc-2" }] });
    expect(lab.in("eni-a", tcp(`${B}:1`, `${A}:22`, "S")).accept).toBe(false);
  });

  it("F55: SSH passes from the bastion's group only; who is not in it gets no answer at all", () => {
    const lab = new FilterLab({
      groups: { "sg-bastion": ["in tcp 22 203.0.113.1/32", "out all 0.0.0.0/0"], "sg-inner": ["in tcp 22 sg-bastion"] },
      interfaces: { "eni-bastion": [A, "sg-bastion"], "eni-inner": [B, "sg-inner"] },
    });
    expect(lab.openTcp("eni-bastion", `${OUTSIDE}:50000`, `${A}:22`, "ingress").accept).toBe(true);
    expect(lab.openTcp("eni-inner", `${OUTSIDE}:50000`, `${B}:22`, "ingress").accept).toBe(false);
    expect(lab.openTcp("eni-bastion", "203.0.113.2:50000", `${A}:22`, "ingress").accept).toBe(false);
    const hop = [`${A}:40000`, `${B}:22`] as const;
    expect(lab.out("eni-bastion", tcp(...hop, "S")).accept).toBe(true);
    expect(lab.openTcp("eni-inner", ...hop, "ingress").accept).toBe(true);
  });

  it("F-N5: interfaces that are not there, and what is left of those that were, let nothing pass", () => {
    const lab = new FilterLab(nothingIn);
    expect(reasonOf(lab.out("eni-x", tcp(`${A}:1`, `${B}:2`, "S")))).toBe("no-interface");
    lab.openTcp("eni-a", `${A}:40000`, `${B}:22`, "egress");
    lab.configure({ ...nothingIn, interfaces: {} });
    expect(lab.in("eni-a", tcp(`${B}:22`, `${A}:40000`, "A")).accept).toBe(false);
    lab.configure(nothingIn);
    expect(lab.in("eni-a", tcp(`${B}:22`, `${A}:40000`, "A")).accept).toBe(false);
  });

  it("F-N5: a NAT gateway's interface has no groups", () => {
    const lab = new FilterLab(nothingIn);
    const model = modelOf({ groups: {}, interfaces: { "eni-nat": [A], "eni-bare": [B] } });
    const natGateways = [{ id: "nat-1", vpcId: "vpc-1", subnetId: "subnet-1", interfaceId: "eni-nat" }];
    lab.filter.configure({ ...model, natGateways });
    expect(lab.in("eni-nat", udp(`${OUTSIDE}:1`, `${A}:1`))).toEqual({ accept: true, by: { kind: "no-groups" } });
    expect(lab.in("eni-bare", udp(`${OUTSIDE}:1`, `${B}:1`)).accept).toBe(false);
  });

  it("F54: counts what is dropped, by direction and by what has decided", () => {
    const lab = new FilterLab(withRules(["in tcp 22 10.0.0.0/8"]));
    lab.in("eni-a", tcp(`${B}:1`, `${A}:22`, "S"));
    lab.in("eni-a", tcp(`${B}:1`, `${A}:23`, "S"));
    lab.in("eni-a", tcp(`${B}:2`, `${A}:22`, "A"));
    lab.out("eni-a", udp(`${A}:1`, `${B}:53`, new Uint8Array(100)));
    expect(lab.filter.counters("eni-a")).toEqual({
      ingress: {
        acceptedPackets: 1,
        acceptedBytes: 40,
        droppedPackets: 2,
        droppedBytes: 80,
        droppedBy: { "no-rule": 1, "no-connection": 1 },
      },
      egress: {
        acceptedPackets: 0,
        acceptedBytes: 0,
        droppedPackets: 1,
        droppedBytes: 128,
        droppedBy: { "no-rule": 1 },
      },
      trackedConnections: 1,
      maxTrackedConnections: 32768,
      untrackedFlows: 0,
    });
  });
});

describe("changes of rules", () => {
  const narrow = withRules(["in tcp 22 203.0.113.1/32", "out all 0.0.0.0/0"]);
  const open = withRules(["in tcp 22 0.0.0.0/0", "out all 0.0.0.0/0"]);
  const closed = withRules(["out all 0.0.0.0/0"]);
  const question = tcp(`${OUTSIDE}:50000`, `${A}:22`, "PA");
  const answer = tcp(`${A}:22`, `${OUTSIDE}:50000`, "PA");
  const connected = (model: LabModel) => {
    const lab = new FilterLab(model);
    expect(lab.openTcp("eni-a", `${OUTSIDE}:50000`, `${A}:22`, "ingress").accept).toBe(true);
    return lab;
  };

  it("F54: a tracked connection survives the removal of its rule; a new one is not made", () => {
    const lab = connected(narrow);
    lab.configure(closed);
    expect([lab.in("eni-a", question).accept, lab.out("eni-a", answer).accept]).toEqual([true, true]);
    expect(lab.in("eni-a", tcp(`${OUTSIDE}:50001`, `${A}:22`, "S")).accept).toBe(false);
  });

  it("F54: one that everyone may make is not tracked, and ends at once with its rule, on both ways", () => {
    const lab = connected(open);
    expect(lab.in("eni-a", question).tracking).toBe("untracked");
    lab.configure(closed);
    expect([lab.out("eni-a", answer).accept, lab.in("eni-a", question).accept]).toEqual([false, false]);
    expect(reasonOf(lab.out("eni-a", answer))).toBe("no-connection");
  });

  it("F54: one that was not tracked goes on, tracked, when a narrower rule still allows it", () => {
    const lab = connected(open);
    lab.configure(narrow);
    expect(lab.in("eni-a", question)).toMatchObject({ accept: true, tracking: "tracked" });
    lab.configure(closed);
    expect(lab.in("eni-a", question).accept).toBe(true);
  });

  it("F54: without a rule for everything outwards, the same flow is tracked", () => {
    const lab = connected(withRules(["in tcp 22 0.0.0.0/0"]));
    expect(lab.out("eni-a", answer).tracking).toBe("tracked");
  });

  it("F54: opening a port to everyone both ways ends tracking, so that closing it cuts off", () => {
    const lab = connected(narrow);
    lab.configure(open);
    lab.configure(closed);
    expect([lab.in("eni-a", question).accept, lab.out("eni-a", answer).accept]).toEqual([false, false]);
  });

  it("F54: nobody has answered yet: the rules of now count when it is asked again", () => {
    const lab = new FilterLab(narrow);
    const ask = tcp(`${OUTSIDE}:50000`, `${A}:22`, "S");
    expect(lab.in("eni-a", ask).accept).toBe(true);
    lab.configure(closed);
    expect(lab.in("eni-a", ask).accept).toBe(false);
  });

  it("F54: ports of a connection that is over open no other", () => {
    const lab = connected(narrow);
    lab.configure(closed);
    lab.out("eni-a", tcp(`${A}:22`, `${OUTSIDE}:50000`, "R"));
    expect(lab.in("eni-a", tcp(`${OUTSIDE}:50000`, `${A}:22`, "S")).accept).toBe(false);
  });

  it("F54: a hundred connections keep what they have while rules change", () => {
    const lab = new FilterLab(narrow);
    const clients = Array.from({ length: 100 }, (_, i) => `${OUTSIDE}:${50000 + i}`);
    for (const client of clients) lab.openTcp("eni-a", client, `${A}:22`, "ingress");
    for (let change = 0; change < 50; change++) {
      lab.configure(withRules([`in tcp ${1000 + change} 10.0.0.0/8`]));
      for (const client of clients) expect(lab.in("eni-a", tcp(client, `${A}:22`, "A")).accept).toBe(true);
    }
    expect(lab.filter.counters("eni-a")?.trackedConnections).toBe(100);
  });

  it("F-N3: who comes and goes elsewhere goes through nobody's connections, and is let in by rules that name its group", () => {
    const rules = ["in tcp 22 203.0.113.1/32", "in tcp 80 sg-b", "out all 0.0.0.0/0"];
    const grown = (more: LabModel["interfaces"]): LabModel => ({
      groups: { "sg-a": rules, "sg-b": [], "sg-c": ["in tcp 80 10.0.0.0/8"] },
      interfaces: { "eni-a": [A, "sg-a"], "eni-c": ["10.0.0.30", "sg-c"], ...more },
    });
    const lab = new FilterLab(grown({}));
    for (let i = 0; i < 100; i++) lab.openTcp("eni-a", `${OUTSIDE}:${50000 + i}`, `${A}:22`, "ingress");
    lab.openTcp("eni-c", `${B}:40000`, "10.0.0.30:80", "ingress");
    const asked = vi.spyOn(InterfaceRules.prototype, "matchUntrackedFlow");
    const changed = vi.spyOn(ConnectionTracker.prototype, "setRules");
    lab.configure(grown({ "eni-b": [B, "sg-b"] }));
    expect(asked).not.toHaveBeenCalled();
    // Of the two, only one has a rule that names a group.
    expect(changed).toHaveBeenCalledTimes(1);
    for (const spy of [asked, changed]) spy.mockRestore();
    expect(lab.in("eni-a", tcp(`${B}:1`, `${A}:80`, "S")).accept).toBe(true);
    lab.configure(grown({}));
    expect(lab.in("eni-a", tcp(`${B}:2`, `${A}:80`, "S")).accept).toBe(false);
    expect(lab.in("eni-a", tcp(`${OUTSIDE}:50000`, `${A}:22`, "A")).tracking).toBe("tracked");
  });

  it("F-N3: a model that says the same asks nothing again", () => {
    const lab = connected(open);
    const before = lab.in("eni-a", question);
    lab.configure(structuredClone(open));
    expect(lab.in("eni-a", question)).toBe(before);
  });
});

describe("ICMP", () => {
  it("F54: a ping is answered, and an answer that nobody has asked for is not let in", () => {
    const lab = new FilterLab(nothingIn);
    expect(lab.in("eni-a", icmp(B, A, 0)).accept).toBe(false);
    expect(lab.out("eni-a", icmp(A, B, 8)).tracking).toBe("opens");
    expect(lab.in("eni-a", icmp(B, A, 0)).tracking).toBe("tracked");
    expect(lab.in("eni-a", icmp(B, A, 0, 0, 8)).accept).toBe(false);
    expect(lab.in("eni-a", icmp(B, A, 8)).accept).toBe(false);
  });

  it("F54: it is tracked even when it is open to everyone", () => {
    const lab = new FilterLab(withRules(["in icmp 0.0.0.0/0", "out all 0.0.0.0/0"]));
    lab.in("eni-a", icmp(B, A, 8));
    lab.configure(withRules([]));
    expect(lab.out("eni-a", icmp(A, B, 0)).accept).toBe(true);
    expect(lab.in("eni-a", icmp(B, A, 8)).accept).toBe(true);
  });

  it("F54: errors about a known flow pass, from wherever they come; others do not", () => {
    const lab = new FilterLab(nothingIn);
    const sent = udp(`${A}:40000`, `${B}:53`);
    expect(lab.in("eni-a", unreachable(B, sent)).accept).toBe(false);
    lab.out("eni-a", sent);
    expect(lab.in("eni-a", unreachable(B, sent))).toMatchObject({ accept: true, tracking: "related" });
    expect(lab.in("eni-a", unreachable("192.0.2.1", sent, 4)).tracking).toBe("related");
    expect(lab.in("eni-a", unreachable(B, udp(`${A}:40001`, `${B}:53`))).accept).toBe(false);
  });

  it("F54: an error for somebody else than the sender of what it quotes is not about it", () => {
    const lab = new FilterLab(nothingIn);
    const sent = udp(`${A}:40000`, `${B}:53`);
    lab.out("eni-a", sent);
    const misled = unreachable(B, sent).bytes;
    misled.set([10, 0, 0, 11], 30);
    expect(lab.in("eni-a", parsed(misled)).accept).toBe(false);
  });

  it("F54: an error about a flow that is not tracked ends with its rule", () => {
    const lab = new FilterLab(withRules(["in udp 53 0.0.0.0/0", "out all 0.0.0.0/0"]));
    const asked = udp(`${B}:40000`, `${A}:53`);
    const answered = udp(`${A}:53`, `${B}:40000`);
    lab.in("eni-a", asked);
    expect(lab.in("eni-a", unreachable(B, answered)).tracking).toBe("related");
    lab.configure(withRules(["out all 0.0.0.0/0"]));
    expect(lab.in("eni-a", unreachable(B, answered)).accept).toBe(false);
  });

  it("F54: a guest may tell of a packet that it was sent, and of no other", () => {
    const lab = new FilterLab(withRules(["in udp 53 10.0.0.0/8"]));
    const got = udp(`${B}:40000`, `${A}:53`);
    expect(lab.out("eni-a", unreachable(A, got)).accept).toBe(false);
    lab.in("eni-a", got);
    expect(lab.out("eni-a", unreachable(A, got)).tracking).toBe("related");
    // About a packet that went the other way.
    expect(lab.in("eni-a", unreachable(B, udp(`${B}:40000`, `${A}:53`))).accept).toBe(false);
  });
});

describe("network ACLs", () => {
  const withAcl = (acl: readonly string[], rules = ["in all 0.0.0.0/0", "out all 0.0.0.0/0"]) =>
    new FilterLab({ groups: { "sg-a": rules }, interfaces: { "eni-a": [A, "sg-a"] }, acl });
  const entered = (lab: FilterLab, port: number, from = OUTSIDE) =>
    lab.check(tcp(`${from}:50000`, `${A}:${port}`, "S"), "eni-a", "ingress", true);

  it("F52: the lowest number that matches decides, and what none matches is refused", () => {
    const lab = withAcl([
      "200 allow in tcp 0.0.0.0/0",
      "100 deny in tcp 22 203.0.113.0/24",
      "90 allow in tcp 22 203.0.113.7/32",
    ]);
    expect(entered(lab, 22).by).toEqual({ kind: "acl-entry", networkAclId: "acl-1", ruleNumber: 100 });
    expect(entered(lab, 22, "203.0.113.7").accept).toBe(true);
    expect(entered(lab, 80).accept).toBe(true);
    const other = lab.check(udp(`${OUTSIDE}:1`, `${A}:1`), "eni-a", "ingress", true);
    expect(other).toEqual({ accept: false, by: { kind: "acl-entry", networkAclId: "acl-1", ruleNumber: 32767 } });
  });

  it("F52: a change holds from the next packet on", () => {
    const model = (acl: string[]): LabModel => ({
      ...nothingIn,
      groups: { "sg-a": ["in all 0.0.0.0/0"], "sg-b": [] },
      acl,
    });
    const lab = new FilterLab(model(["100 allow in tcp 22 0.0.0.0/0"]));
    expect(entered(lab, 22).accept).toBe(true);
    lab.configure(model(["100 allow in tcp 22 0.0.0.0/0", "90 deny in tcp 22 203.0.113.0/24"]));
    expect(entered(lab, 22).by).toMatchObject({ ruleNumber: 90 });
  });

  it("F52: it has no memory: answers need an entry of their own", () => {
    const lab = withAcl(["100 allow in tcp 22 0.0.0.0/0"]);
    expect(entered(lab, 22).accept).toBe(true);
    const answer = tcp(`${A}:22`, `${OUTSIDE}:50000`, "SA");
    expect(lab.check(answer, "eni-a", "egress", true).by.kind).toBe("acl-entry");
  });

  it("F52: it is not asked within a subnet", () => {
    const lab = withAcl([]);
    expect(lab.check(tcp(`${B}:1`, `${A}:22`, "S"), "eni-a", "ingress", false).accept).toBe(true);
    expect(lab.check(tcp(`${B}:1`, `${A}:23`, "S"), "eni-a", "ingress", true).accept).toBe(false);
  });

  it("F52: it ends tracked connections too, and the groups never hear of what it refuses", () => {
    const lab = withAcl(["100 deny in tcp 22 0.0.0.0/0"], ["in tcp 22 203.0.113.1/32"]);
    expect(entered(lab, 22).accept).toBe(false);
    expect(lab.filter.counters("eni-a")).toMatchObject({
      trackedConnections: 0,
      ingress: { droppedBy: { "acl-entry": 1 } },
    });
  });
});
