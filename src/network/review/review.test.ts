import { describe, expect, it } from "vitest";
import { group, modelOf, rule } from "../../../test/support/filter-lab.ts";
import type { NetworkModel } from "../model.ts";
import { reviewSecurityGroups } from "./review.ts";

const names = new Map([["sg-default", "default"]]);
const review = (groups: Record<string, string[]>, interfaces: Record<string, [string, ...string[]]> = {}) =>
  reviewSecurityGroups(modelOf({ groups, interfaces }), names);

describe("review of security groups", () => {
  it("F57: SSH open to the world, and on which interfaces", () => {
    expect(review({ "sg-a": ["in tcp 22 0.0.0.0/0", "out all 0.0.0.0/0"] }, { "eni-a": ["10.0.0.1", "sg-a"] })).toEqual(
      [
        {
          kind: "open-to-world",
          groupId: "sg-a",
          ruleId: "sgr(in tcp 22 0.0.0.0/0)",
          severity: "high",
          sensitivePorts: [{ protocol: "tcp", port: 22, service: "SSH" }],
          interfaceIds: ["eni-a"],
        },
      ],
    );
  });

  it.each<[string, "high" | "low" | undefined, number]>([
    ["in tcp 443 0.0.0.0/0", "low", 0],
    ["in tcp 80 0.0.0.0/0", "low", 0],
    ["in icmp 8 0.0.0.0/0", "low", 0],
    ["in udp 22 0.0.0.0/0", "low", 0],
    ["in udp 1434 0.0.0.0/0", "high", 1],
    ["in tcp 20-23 0.0.0.0/0", "high", 4],
    ["in tcp 0.0.0.0/0", "high", 26],
    ["in all 0.0.0.0/0", "high", 27],
    ["in tcp 22 203.0.113.1/32", undefined, 0],
    ["in tcp 22 sg-a", undefined, 0],
    ["out tcp 22 0.0.0.0/0", undefined, 0],
  ])("F57: %s is %s", (text, severity, ports) => {
    const [found] = review({ "sg-a": [text] }, { "eni-a": ["10.0.0.1", "sg-a"] });
    if (severity === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject({ severity, sensitivePorts: { length: ports } });
  });

  it("F57: groups that nobody has and no other names; the default one is not told of", () => {
    expect(
      review(
        { "sg-default": [], "sg-a": ["in all sg-a"], "sg-b": [], "sg-c": ["in all sg-b"] },
        { "eni-a": ["10.0.0.1", "sg-c"] },
      ),
    ).toEqual([
      { kind: "empty-reference", groupId: "sg-c", ruleId: "sgr(in all sg-b)", peerGroupId: "sg-b" },
      { kind: "unused-group", groupId: "sg-a" },
    ]);
  });

  it("F57: rules that name a group that is gone, or another VPC's", () => {
    const model: NetworkModel = {
      ...modelOf({ groups: {}, interfaces: { "eni-a": ["10.0.0.1", "sg-a"], "eni-b": ["10.0.0.1", "sg-b"] } }),
      securityGroups: [group("sg-a", ["in all sg-gone", "in tcp 22 sg-b"]), group("sg-b", [], "vpc-2")],
    };
    expect(reviewSecurityGroups(model, names)).toEqual([
      { kind: "stale-reference", groupId: "sg-a", ruleId: rule("in all sg-gone").id, peerGroupId: "sg-gone" },
      { kind: "stale-reference", groupId: "sg-a", ruleId: rule("in tcp 22 sg-b").id, peerGroupId: "sg-b" },
    ]);
  });

  it("F57: what stands open in front of a machine comes first, what only clutters last", () => {
    const found = review(
      {
        "sg-unused": ["in tcp 22 0.0.0.0/0"],
        "sg-a": ["in tcp 443 0.0.0.0/0", "in tcp 3389 0.0.0.0/0", "in all sg-gone"],
      },
      { "eni-a": ["10.0.0.1", "sg-a"] },
    );
    expect(found.map((each) => [each.kind, each.groupId, each.kind === "open-to-world" && each.severity])).toEqual([
      ["open-to-world", "sg-a", "high"],
      ["open-to-world", "sg-unused", "high"],
      ["open-to-world", "sg-a", "low"],
      ["stale-reference", "sg-a", false],
      ["unused-group", "sg-unused", false],
    ]);
  });
});
