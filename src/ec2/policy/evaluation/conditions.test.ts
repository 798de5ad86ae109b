import { describe, expect, it } from "vitest";
import { type Context, deny, holds, isAllowed, policyOf, variable } from "../../../../test/support/policy-lab.ts";

type Case = readonly [rule: string, condition: object, context: Context, expected: boolean];

const ARN = "arn:aws:iam::123456789012:user/team/alice";

const table = (cases: readonly Case[]) =>
  it.each(cases)("%s: %o with %o is %s", (_, condition, context, expected) => {
    expect(holds(condition, context)).toBe(expected);
  });

describe("P37 each operator compares as IAM says", () => {
  table([
    ["StringEquals", { StringEquals: { "a:b": "x" } }, { "a:b": "x" }, true],
    ["StringEquals, case", { StringEquals: { "a:b": "x" } }, { "a:b": "X" }, false],
    ["StringEquals knows no wildcards", { StringEquals: { "a:b": "x*" } }, { "a:b": "xy" }, false],
    ["StringEquals, a star itself", { StringEquals: { "a:b": "x*" } }, { "a:b": "x*" }, true],
    ["StringNotEquals", { StringNotEquals: { "a:b": "x" } }, { "a:b": "y" }, true],
    ["StringNotEquals", { StringNotEquals: { "a:b": "x" } }, { "a:b": "x" }, false],
    ["StringEqualsIgnoreCase", { StringEqualsIgnoreCase: { "a:b": "xY" } }, { "a:b": "Xy" }, true],
    ["StringNotEqualsIgnoreCase", { StringNotEqualsIgnoreCase: { "a:b": "xY" } }, { "a:b": "Xy" }, false],
    ["StringLike", { StringLike: { "a:b": "t?.*" } }, { "a:b": "t3.micro" }, true],
    ["StringLike, case", { StringLike: { "a:b": "T*" } }, { "a:b": "t3.micro" }, false],
    ["StringNotLike", { StringNotLike: { "a:b": "t*" } }, { "a:b": "m5.large" }, true],
    ["NumericEquals", { NumericEquals: { "a:b": "10" } }, { "a:b": "10.0" }, true],
    ["NumericNotEquals", { NumericNotEquals: { "a:b": 10 } }, { "a:b": "11" }, true],
    ["NumericLessThan", { NumericLessThan: { "a:b": "10" } }, { "a:b": "9" }, true],
    ["NumericLessThan, as numbers", { NumericLessThan: { "a:b": "10" } }, { "a:b": "10" }, false],
    ["NumericLessThanEquals", { NumericLessThanEquals: { "a:b": "10" } }, { "a:b": "10" }, true],
    ["NumericGreaterThan", { NumericGreaterThan: { "a:b": "-2" } }, { "a:b": "-1.5" }, true],
    ["NumericGreaterThanEquals", { NumericGreaterThanEquals: { "a:b": "10" } }, { "a:b": "9" }, false],
    ["NumericEquals, no number", { NumericEquals: { "a:b": "10" } }, { "a:b": "ten" }, false],
    ["NumericNotEquals, no number", { NumericNotEquals: { "a:b": "10" } }, { "a:b": "ten" }, true],
    [
      "DateEquals, zones",
      { DateEquals: { "a:b": "2026-01-01T02:00:00+02:00" } },
      { "a:b": "2026-01-01T00:00:00Z" },
      true,
    ],
    ["DateEquals, seconds", { DateEquals: { "a:b": "1767225600" } }, { "a:b": "2026-01-01T00:00:00.000Z" }, true],
    ["DateNotEquals", { DateNotEquals: { "a:b": "2026-01-01" } }, { "a:b": "2026-01-01T00:00Z" }, false],
    ["DateLessThan", { DateLessThan: { "a:b": "2026-02" } }, { "a:b": "2026-01-31T23:59:59Z" }, true],
    [
      "DateLessThanEquals",
      { DateLessThanEquals: { "a:b": "2026-01-01T00:00:00Z" } },
      { "a:b": "2026-01-01T00:00:00.001Z" },
      false,
    ],
    ["DateGreaterThan", { DateGreaterThan: { "a:b": "2024-02-29T12:00Z" } }, { "a:b": "2024-03-01T00:00:00Z" }, true],
    [
      "DateGreaterThanEquals",
      { DateGreaterThanEquals: { "a:b": "2026-01-01T00:00:00-01:00" } },
      { "a:b": "2026-01-01T00:59:59Z" },
      false,
    ],
    ["Bool", { Bool: { "a:b": "True" } }, { "a:b": "true" }, true],
    ["Bool", { Bool: { "a:b": "true" } }, { "a:b": "false" }, false],
    ["BinaryEquals", { BinaryEquals: { "a:b": "QUJD" } }, { "a:b": "QUJD" }, true],
    ["BinaryEquals", { BinaryEquals: { "a:b": "QUJD" } }, { "a:b": "qujd" }, false],
    ["IpAddress", { IpAddress: { "a:b": "203.0.113.0/24" } }, { "a:b": "203.0.113.255" }, true],
    ["IpAddress", { IpAddress: { "a:b": "203.0.113.0/24" } }, { "a:b": "203.0.114.0" }, false],
    ["IpAddress, one", { IpAddress: { "a:b": "203.0.113.7" } }, { "a:b": "203.0.113.7" }, true],
    ["IpAddress, all", { IpAddress: { "a:b": "0.0.0.0/0" } }, { "a:b": "255.255.255.255" }, true],
    ["IpAddress, IPv6", { IpAddress: { "a:b": "2001:db8::/33" } }, { "a:b": "2001:DB8:7fff::1" }, true],
    ["IpAddress, IPv6", { IpAddress: { "a:b": "2001:db8::/33" } }, { "a:b": "2001:db8:8000::1" }, false],
    ["IpAddress, IPv6 in full", { IpAddress: { "a:b": "::1" } }, { "a:b": "0:0:0:0:0:0:0:1" }, true],
    ["IpAddress, IPv4 at its end", { IpAddress: { "a:b": "::ffff:10.0.0.0/104" } }, { "a:b": "::ffff:a01:203" }, true],
    ["IpAddress, another family", { IpAddress: { "a:b": "0.0.0.0/0" } }, { "a:b": "::1" }, false],
    ["IpAddress, no address", { IpAddress: { "a:b": "0.0.0.0/0" } }, { "a:b": "010.0.0.1" }, false],
    ["IpAddress, :: for nothing", { IpAddress: { "a:b": "::/0" } }, { "a:b": "1:2:3:4::5:6:7:8" }, false],
    ["IpAddress, :: for one group", { IpAddress: { "a:b": "1:2:3:4:0:5:6:7" } }, { "a:b": "1:2:3:4::5:6:7" }, true],
    ["IpAddress, :: twice", { IpAddress: { "a:b": "::/0" } }, { "a:b": "1::2::3" }, false],
    ["NotIpAddress", { NotIpAddress: { "a:b": ["10.0.0.0/8", "192.168.0.0/16"] } }, { "a:b": "172.16.0.1" }, true],
    ["ArnEquals", { ArnEquals: { "a:b": ARN } }, { "a:b": ARN }, true],
    ["ArnEquals has wildcards too", { ArnEquals: { "a:b": "arn:aws:iam::*:user/team/*" } }, { "a:b": ARN }, true],
    ["ArnLike stays in its field", { ArnLike: { "a:b": "arn:aws:*:user/team/alice" } }, { "a:b": ARN }, false],
    ["ArnNotEquals", { ArnNotEquals: { "a:b": ARN } }, { "a:b": `${ARN}x` }, true],
    ["ArnNotLike", { ArnNotLike: { "a:b": "arn:aws:iam::123456789012:user/*" } }, { "a:b": ARN }, false],
    ["ArnLike, what is no ARN", { ArnLike: { "a:b": "arn:aws:iam::*:*" } }, { "a:b": "alice" }, false],
  ]);
});

describe("P30 how values, keys and operators go together", () => {
  const both = { StringEquals: { "a:b": ["x", "y"], "a:c": "z" }, NumericLessThan: { "a:d": "5" } };
  table([
    ["one of several values", both, { "a:b": "y", "a:c": "z", "a:d": "1" }, true],
    ["all keys", both, { "a:b": "y", "a:c": "x", "a:d": "1" }, false],
    ["all operators", both, { "a:b": "y", "a:c": "z", "a:d": "5" }, false],
    ["of negated values none", { StringNotEquals: { "a:b": ["x", "y"] } }, { "a:b": "y" }, false],
    ["of negated values none", { StringNotEquals: { "a:b": ["x", "y"] } }, { "a:b": "z" }, true],
    ["no value", { StringEquals: { "a:b": [] } }, { "a:b": "x" }, false],
    ["P31 keys' case", { StringEquals: { "AWS:UserName": "x" } }, { "aws:username": "x" }, true],
    ["P31 tag keys' case", { StringEquals: { "aws:ResourceTag/TEAM": "x" } }, { "aws:ResourceTag/team": "x" }, true],
  ]);
});

describe("P32 keys that are missing", () => {
  table([
    ["an operator", { StringEquals: { "a:b": "x" } }, {}, false],
    ["a negated operator", { StringNotEquals: { "a:b": "x" } }, {}, true],
    ["a negated operator", { NotIpAddress: { "a:b": "10.0.0.0/8" } }, {}, true],
    ["IfExists", { StringEqualsIfExists: { "a:b": "x" } }, {}, true],
    ["IfExists", { StringEqualsIfExists: { "a:b": "x" } }, { "a:b": "y" }, false],
    ["IfExists, negated", { StringNotEqualsIfExists: { "a:b": "x" } }, { "a:b": "x" }, false],
    ["P35 Null true", { Null: { "a:b": "true" } }, {}, true],
    ["P35 Null true", { Null: { "a:b": "true" } }, { "a:b": "x" }, false],
    ["P35 Null false", { Null: { "a:b": "False" } }, { "a:b": "" }, true],
    ["P35 Null false", { Null: { "a:b": false } }, {}, false],
    ["P35 Null, a list without members", { Null: { "a:b": "false" } }, { "a:b": [] }, false],
    ["P34 a list without members", { StringNotEquals: { "a:b": "x" } }, { "a:b": [] }, true],
    ["P34 a list without members", { StringEquals: { "a:b": "x" } }, { "a:b": [] }, false],
  ]);
});

describe("P33 sets", () => {
  const keys = (operator: string) => ({ [operator]: { "aws:TagKeys": ["team", "cost*"] } });
  table([
    ["all are among them", keys("ForAllValues:StringLike"), { "aws:TagKeys": ["team", "cost-center"] }, true],
    ["one is not", keys("ForAllValues:StringLike"), { "aws:TagKeys": ["team", "owner"] }, false],
    ["there is none", keys("ForAllValues:StringLike"), { "aws:TagKeys": [] }, true],
    ["the key is missing", keys("ForAllValues:StringLike"), {}, true],
    ["all are empty", keys("ForAllValues:StringLike"), { "aws:TagKeys": [""] }, true],
    ["all are none of them", keys("ForAllValues:StringNotLike"), { "aws:TagKeys": ["owner", "name"] }, true],
    ["one is one of them", keys("ForAllValues:StringNotLike"), { "aws:TagKeys": ["owner", "team"] }, false],
    ["any is among them", keys("ForAnyValue:StringLike"), { "aws:TagKeys": ["owner", "team"] }, true],
    ["none is", keys("ForAnyValue:StringLike"), { "aws:TagKeys": ["owner"] }, false],
    ["there is none", keys("ForAnyValue:StringLike"), { "aws:TagKeys": [] }, false],
    ["the key is missing", keys("ForAnyValue:StringLike"), {}, false],
    ["missing, negated", keys("ForAnyValue:StringNotLike"), {}, false],
    ["all are empty", keys("ForAnyValue:StringNotLike"), { "aws:TagKeys": [""] }, false],
    ["any is none of them", keys("ForAnyValue:StringNotLike"), { "aws:TagKeys": ["owner", "team"] }, true],
    ["P32 missing, IfExists", keys("ForAnyValue:StringLikeIfExists"), {}, true],
    ["one value", keys("ForAnyValue:StringLike"), { "aws:TagKeys": "team" }, true],
    ["P36 no set operator", keys("StringLike"), { "aws:TagKeys": ["owner", "team"] }, true],
    ["P36 no set operator, negated", keys("StringNotLike"), { "aws:TagKeys": ["owner", "team"] }, false],
  ]);
});

describe("P20 policy variables", () => {
  const user = variable("aws:username");
  const owner = (operator: string, value: string) => ({ [operator]: { "ec2:ResourceTag/owner": value } });
  table([
    ["in strings", owner("StringEquals", user), { "aws:username": "alice", "ec2:ResourceTag/owner": "alice" }, true],
    ["in strings", owner("StringEquals", user), { "aws:username": "bob", "ec2:ResourceTag/owner": "alice" }, false],
    [
      "with text about it",
      owner("StringLike", `${user}-*`),
      { "aws:username": "al", "ec2:ResourceTag/owner": "al-1" },
      true,
    ],
    [
      "any case",
      owner("StringEquals", variable("AWS:UserName")),
      { "aws:username": "al", "ec2:ResourceTag/owner": "al" },
      true,
    ],
    [
      "P21 a wildcard in a value is none",
      owner("StringLike", user),
      { "aws:username": "*", "ec2:ResourceTag/owner": "bob" },
      false,
    ],
    ["P22 a star", owner("StringLike", variable("*")), { "ec2:ResourceTag/owner": "*" }, true],
    ["P22 a star and no more", owner("StringLike", variable("*")), { "ec2:ResourceTag/owner": "x" }, false],
    [
      "P22 the others",
      owner("StringLike", `${variable("?")}${variable("$")}`),
      { "ec2:ResourceTag/owner": "?$" },
      true,
    ],
    ["P23 without a value", owner("StringLike", user), { "ec2:ResourceTag/owner": "x" }, false],
    ["P23 without a value, negated", owner("StringNotLike", user), { "ec2:ResourceTag/owner": "x" }, true],
    ["P23 nor like nothing", owner("StringEquals", user), { "ec2:ResourceTag/owner": "" }, false],
    [
      "P24 a default",
      owner("StringEquals", variable("aws:PrincipalTag/team, 'all'")),
      { "ec2:ResourceTag/owner": "all" },
      true,
    ],
    [
      "P24 a default that is not needed",
      owner("StringEquals", variable("aws:PrincipalTag/team, 'all'")),
      { "aws:PrincipalTag/team": "x", "ec2:ResourceTag/owner": "x" },
      true,
    ],
    [
      "P24 several values are no variable",
      owner("StringLike", variable("aws:TagKeys")),
      { "aws:TagKeys": ["x"], "ec2:ResourceTag/owner": "x" },
      false,
    ],
  ]);

  it("P20 are text in policies of version 2008-10-17", () => {
    const document = { Version: "2008-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };
    const text = JSON.stringify({
      ...document,
      Statement: { ...document.Statement, Condition: owner("StringEquals", user) },
    });
    const context = { "aws:username": "alice", "ec2:ResourceTag/owner": "alice" };
    expect(isAllowed(text, "ec2:StopInstances", undefined, context)).toBe(false);
    expect(isAllowed(text, "ec2:StopInstances", undefined, { ...context, "ec2:ResourceTag/owner": user })).toBe(true);
  });

  it("P23 resources: without a value none matches, and all are outside NotResource", () => {
    const own = `arn:aws:ec2:*:*:instance/${user}`;
    const [arn, other] = ["arn:aws:ec2:us-east-1:1:instance/alice", "arn:aws:ec2:us-east-1:1:instance/bob"];
    const text = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: own } });
    expect(isAllowed(text, "ec2:X", arn, { "aws:username": "alice" })).toBe(true);
    expect(isAllowed(text, "ec2:X", other, { "aws:username": "alice" })).toBe(false);
    expect(isAllowed(text, "ec2:X", other, { "aws:username": "*" })).toBe(false);
    expect(isAllowed(text, "ec2:X", arn)).toBe(false);
    const others = policyOf(
      { Effect: "Deny", Action: "*", NotResource: own },
      { Effect: "Allow", Action: "*", Resource: "*" },
    );
    expect(isAllowed(others, "ec2:X", arn, { "aws:username": "alice" })).toBe(true);
    expect(isAllowed(others, "ec2:X", arn)).toBe(false);
    expect(isAllowed(policyOf(deny("*")), "ec2:X", arn)).toBe(false);
  });
});
