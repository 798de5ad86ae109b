import { describe, expect, it } from "vitest";
import { allow, decide, deny, INSTANCE, isAllowed, policyOf } from "../../../../test/support/policy-lab.ts";

const VOLUME = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1";

describe("IAM's rules of evaluation (F59)", () => {
  it("P42 denies without any policy", () => {
    expect(decide([], "ec2:StopInstances")).toEqual({ allowed: false, reason: "implicitDeny" });
  });

  it("P42 denies what no statement is about", () => {
    expect(decide(policyOf(allow("ec2:StartInstances")), "ec2:StopInstances")).toMatchObject({
      reason: "implicitDeny",
    });
  });

  it("P41 P44 allows what one statement allows, and says which", () => {
    const policies = [policyOf(deny("ec2:Run*")), policyOf(allow("s3:*"), { Sid: "Stop", ...allow("ec2:Stop*") })];
    const by = { policy: "policy 1", kind: "inline", attachedTo: "user/alice", statement: 1, sid: "Stop" };
    expect(decide(policies, "ec2:StopInstances")).toEqual({ allowed: true, by });
  });

  it("P40 P44 lets a Deny win, wherever it stands, and says which", () => {
    const [allowing, denying] = [policyOf(allow("*")), policyOf(allow("ec2:*"), deny("ec2:Stop*"))];
    for (const policies of [
      [allowing, denying],
      [denying, allowing],
    ]) {
      const policy = `policy ${policies.indexOf(denying)}`;
      const decision = decide(policies, "ec2:StopInstances");
      expect(decision).toMatchObject({ allowed: false, reason: "explicitDeny", by: { policy, statement: 1 } });
    }
  });

  it("P40 lets a Deny whose condition does not hold pass", () => {
    const text = policyOf(allow("ec2:*"), deny("ec2:*", "*", { StringNotEquals: { "ec2:Region": "eu-central-1" } }));
    expect(isAllowed(text, "ec2:StopInstances", INSTANCE, { "ec2:Region": "eu-central-1" })).toBe(true);
    expect(isAllowed(text, "ec2:StopInstances", INSTANCE, { "ec2:Region": "us-east-1" })).toBe(false);
  });
});

describe("actions", () => {
  it.each([
    ["P11 any case", "EC2:STOPinstances", true],
    ["P10 part of the name", "ec2:*Instances", true],
    ["P10 one character", "ec2:StopInstance?", true],
    ["all actions", "*", true],
    ["all actions of all services", "*:*", true],
    ["another service", "s3:*", false],
    ["not the beginning of a name", "ec2:Stop", false],
    ["not the end of a name", "ec2:*Instance", false],
  ])("%s: %s", (_, action, expected) => {
    expect(isAllowed(policyOf(allow(action)), "ec2:StopInstances")).toBe(expected);
  });

  it("NotAction is about all others, also of other services", () => {
    const text = policyOf({ Effect: "Allow", NotAction: ["iam:*", "ec2:TerminateInstances"], Resource: "*" });
    expect(isAllowed(text, "ec2:StopInstances")).toBe(true);
    expect(isAllowed(text, "s3:GetObject")).toBe(true);
    expect(isAllowed(text, "iam:CreateUser")).toBe(false);
    expect(isAllowed(text, "ec2:terminateinstances")).toBe(false);
  });

  it("a Deny with NotAction leaves only those", () => {
    const text = policyOf(allow("*"), { Effect: "Deny", NotAction: "ec2:Describe*", Resource: "*" });
    expect(isAllowed(text, "ec2:DescribeInstances", "*")).toBe(true);
    expect(isAllowed(text, "ec2:StopInstances")).toBe(false);
  });
});

describe("resources", () => {
  it.each([
    ["all", "*", INSTANCE, true],
    ["itself", INSTANCE, INSTANCE, true],
    ["a type", "arn:aws:ec2:*:*:instance/*", INSTANCE, true],
    ["another type", "arn:aws:ec2:*:*:instance/*", VOLUME, false],
    ["another region", "arn:aws:ec2:eu-*:*:instance/*", INSTANCE, false],
    ["part of a region", "arn:aws:ec2:us-????-1:*:instance/*", INSTANCE, true],
    ["another account", "arn:aws:ec2:*:210987654321:instance/*", INSTANCE, false],
    ["P12 not over a colon", "arn:aws:ec2:*:instance/i-0123456789abcdef0", INSTANCE, false],
    ["P12 not over a colon", "arn:aws:ec2:us*012:*:instance/*", INSTANCE, false],
    ["P12 slashes in the resource", "arn:aws:ec2:*:*:*0", "arn:aws:ec2:r:1:a/b/c0", true],
    ["P12 colons in the resource", "arn:aws:ec2:*:*:a*z", "arn:aws:ec2:r:1:a/b:c:z", true],
    ["P12 not over a colon, whatever the resource has", "arn:aws:ec2:*:a*z", "arn:aws:ec2:r:1:a:b:z", false],
    ["P12 case", "arn:aws:ec2:*:*:Instance/*", INSTANCE, false],
    ["P13 completed", "arn:aws:ec2", INSTANCE, true],
    ["P13 completed", "arn:aws:ec2:us-east-1", INSTANCE, true],
    ["P13 completed", "arn:aws:ec2:us-east-2", INSTANCE, false],
    ["P12 an account that is not there", "arn:aws:ec2:*::image/*", "arn:aws:ec2:us-east-1::image/ami-1", true],
    ["P12 any account, and there is none", "arn:aws:ec2:*:*:image/*", "arn:aws:ec2:us-east-1::image/ami-1", true],
    ["P52 one that is to be made", "arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:us-east-1:1:volume/*", true],
    ["P52 not by an id", VOLUME, "arn:aws:ec2:us-east-1:123456789012:volume/*", false],
    ["P14 no resource", "*", "*", true],
    ["P14 no resource", "arn:aws:ec2:*:*:*", "*", false],
  ])("%s: %s and %s", (_, pattern, resource, expected) => {
    expect(isAllowed(policyOf(allow("ec2:*", pattern)), "ec2:X", resource)).toBe(expected);
    const not = policyOf({ Effect: "Allow", Action: "ec2:*", NotResource: pattern });
    expect(isAllowed(not, "ec2:X", resource)).toBe(!expected);
  });
});
