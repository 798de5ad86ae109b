import { describe, expect, it } from "vitest";
import type { SecurityGroupRule } from "../../api/network-types.ts";
import { cliOf } from "../command/cli.ts";
import { ec2RequestsOf } from "../command/ec2-requests.ts";
import { authorizeCall, modifyCall, revokeCall } from "./rule-calls.ts";
import { changesOf, fieldsOf, NEW_RULE, portsOf, requestOf, trafficText, whatIsWrong } from "./rule-fields.ts";

const rule = (change: Partial<SecurityGroupRule> = {}): SecurityGroupRule => ({
  id: "sgr-00000000000000001",
  egress: false,
  protocol: 6,
  fromPort: 22,
  toPort: 22,
  peer: { cidrBlock: "10.0.0.0/16" },
  description: "",
  tags: {},
  ...change,
});

describe("F54 a rule in words", () => {
  it.each<[Partial<SecurityGroupRule>, string, string]>([
    [{}, "SSH", "22"],
    [{ fromPort: 8000, toPort: 8100 }, "Custom TCP", "8000-8100"],
    [{ protocol: -1, fromPort: null, toPort: null }, "All traffic", ""],
    [{ protocol: 1, fromPort: -1, toPort: -1 }, "All ICMP – IPv4", ""],
    [{ protocol: 1, fromPort: 3, toPort: 4 }, "Custom ICMP – IPv4", "3/4"],
    [{ protocol: 1, fromPort: 8, toPort: -1 }, "Custom ICMP – IPv4", "8"],
    [{ protocol: 47, fromPort: null, toPort: null }, "Protocol 47", ""],
  ])("%j", (change, text, ports) => {
    expect(trafficText(rule(change))).toBe(text);
    expect(portsOf(rule(change))).toBe(ports);
  });

  it.each<[Partial<SecurityGroupRule>, object]>([
    [{}, { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "10.0.0.0/16" }],
    [{ peer: { cidrBlock: "0.0.0.0/0" } }, { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "0.0.0.0/0" }],
    [
      { protocol: -1, fromPort: null, toPort: null, peer: { groupId: "sg-1" }, description: "own" },
      { protocol: "all", groupId: "sg-1", description: "own" },
    ],
    [
      { protocol: 1, fromPort: 3, toPort: 4 },
      { protocol: "icmp", fromPort: 3, toPort: 4, cidrBlock: "10.0.0.0/16" },
    ],
    [
      { protocol: 47, fromPort: null, toPort: null },
      { protocol: 47, cidrBlock: "10.0.0.0/16" },
    ],
  ])("is asked for as it is: %j", (change, request) => {
    expect(requestOf(fieldsOf(rule(change)))).toEqual(request);
  });
});

it("F55 the address of clients in the page is My IP", () => {
  const fields = { ...NEW_RULE, type: "tcp-22", peerKind: "page" } as const;
  expect(requestOf(fields)).toEqual({ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "203.0.113.1/32" });
  expect(fieldsOf(rule({ peer: { cidrBlock: "203.0.113.1/32" } })).peerKind).toBe("page");
});

it("says what is missing or wrong", () => {
  expect(whatIsWrong(NEW_RULE)).toEqual({
    ports: "Enter a port, or two with a dash.",
    peer: "Enter a block such as 10.0.0.0/16.",
  });
  expect(whatIsWrong({ ...NEW_RULE, ports: "80 - 90", peer: "10.0.0.0/8" })).toEqual({});
  expect(whatIsWrong({ ...NEW_RULE, type: "icmp", ports: "x", peerKind: "group" })).toEqual({
    ports: "Enter a type, or type/code; empty for all.",
    peer: "Choose a group.",
  });
  expect(whatIsWrong({ ...NEW_RULE, type: "all", peerKind: "anywhere" })).toEqual({});
});

it("F56 takes away, changes and adds what differs, and nothing else", () => {
  const [first, second, third] = ["1", "2", "3"].map((id) => rule({ id, fromPort: Number(id), toPort: Number(id) }));
  if (!first || !second || !third) throw new Error("three rules expected");
  const added = { ...NEW_RULE, ports: "443", peerKind: "anywhere" } as const;
  const after = [fieldsOf(first), { ...fieldsOf(second), description: "web" }, added];
  expect(changesOf([first, second, third], after)).toEqual({
    revoked: ["3"],
    modified: { 2: { protocol: "tcp", fromPort: 2, toPort: 2, cidrBlock: "10.0.0.0/16", description: "web" } },
    added: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlock: "0.0.0.0/0" }],
  });
});

it("F72 the commands of a change of rules", () => {
  const added = { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "203.0.113.1/32", description: "me" };
  const calls = [
    revokeCall("sg-1", "ingress", ["sgr-1"]),
    modifyCall("sg-1", { "sgr-2": { protocol: "all", groupId: "sg-2" } }),
    authorizeCall("sg-1", "ingress", [added]),
  ];
  const lines = calls.map((call) => ec2RequestsOf(call)?.map(cliOf).join("\n"));
  expect(lines).toEqual([
    "aws ec2 revoke-security-group-ingress \\\n  --group-id sg-1 \\\n  --security-group-rule-ids sgr-1",
    `aws ec2 modify-security-group-rules \\
  --group-id sg-1 \\
  --security-group-rules '[{"SecurityGroupRuleId":"sgr-2","SecurityGroupRule":{"IpProtocol":"-1","ReferencedGroupId":"sg-2"}}]'`,
    `aws ec2 authorize-security-group-ingress \\
  --group-id sg-1 \\
  --ip-permissions '[{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"203.0.113.1/32","Description":"me"}]}]'`,
  ]);
});
