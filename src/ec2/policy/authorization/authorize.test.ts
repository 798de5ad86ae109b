import { describe, expect, it } from "vitest";
import { allow, applied, deny, policyOf, variable } from "../../../../test/support/policy-lab.ts";
import { CloudError } from "../../../base/errors.ts";
import type { Principal } from "../principal.ts";
import { ACTION_NAMES, accessOf } from "./action-table.ts";
import { authorizeCall, checkCall, type Ec2Call } from "./authorize.ts";
import type { TouchedResource } from "./resource-context.ts";

const ALICE: Principal = {
  type: "user",
  accountId: "123456789012",
  userName: "alice",
  userId: "AIDAEXAMPLE",
  path: "/team/",
  tags: { team: "blue" },
};
const USER = "arn:aws:iam::123456789012:user/team/alice";

const callOf = (action: string, resources: readonly TouchedResource[] = [], more: Partial<Ec2Call> = {}): Ec2Call => ({
  principal: ALICE,
  region: "us-east-1",
  now: Date.UTC(2026, 10, 21, 12),
  action,
  resources,
  ...more,
});

function refusal(call: Ec2Call, ...policies: readonly string[]): CloudError | undefined {
  try {
    authorizeCall(
      call,
      policies.map((text, i) => applied(text, `policy ${i}`)),
    );
    return undefined;
  } catch (error) {
    if (error instanceof CloudError) return error;
    throw error;
  }
}

const instance = (id: string, more: Partial<TouchedResource> = {}): TouchedResource => ({
  type: "instance",
  id,
  ...more,
});

describe("P55 the error (F61)", () => {
  const stop = callOf("StopInstances", [instance("i-1"), instance("i-2")]);

  it("says who may not do what on what, and that nothing allows it", () => {
    const error = refusal(stop, policyOf(allow("ec2:*", "arn:aws:ec2:*:*:instance/i-1")));
    expect(error?.code).toBe("UnauthorizedOperation");
    expect(error?.message).toBe(
      `You are not authorized to perform this operation. User: ${USER} is not authorized to perform: ec2:StopInstances on resource: arn:aws:ec2:us-east-1:123456789012:instance/i-2 because no identity-based policy allows the ec2:StopInstances action`,
    );
    expect(error?.details).toEqual({
      user: USER,
      action: "ec2:StopInstances",
      resource: "arn:aws:ec2:us-east-1:123456789012:instance/i-2",
      reason: "implicitDeny",
    });
  });

  it("says that something denies it, and in its details what", () => {
    const denying = policyOf(allow("s3:*"), { Sid: "NotThisOne", ...deny("ec2:*", "arn:aws:ec2:*:*:instance/i-2") });
    const error = refusal(stop, denying);
    expect(error?.message).toMatch(
      /on resource: arn:aws:ec2:us-east-1:123456789012:instance\/i-2 with an explicit deny in an identity-based policy$/,
    );
    expect(error?.details).toMatchObject({
      reason: "explicitDeny",
      policy: "policy 0",
      statement: 1,
      sid: "NotThisOne",
    });
  });

  it("names no resource where the action is about none", () => {
    expect(refusal(callOf("DescribeInstances"))?.message).toBe(
      `You are not authorized to perform this operation. User: ${USER} is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action`,
    );
  });

  it("P43 is never root's", () => {
    const call = { ...stop, principal: { type: "root", accountId: "123456789012" } } as const;
    expect(refusal(call, policyOf(deny("*")))).toBeUndefined();
  });
});

describe("what is asked for a call", () => {
  const asked = (call: Ec2Call) => checkCall(call, []).map(({ action, resource }) => `${action} ${resource}`);
  const scope = "arn:aws:ec2:us-east-1";

  it("P51 the action alone where it has no resource-level permissions, whatever is named", () => {
    expect(asked(callOf("DescribeInstances", [instance("i-1")]))).toEqual(["ec2:DescribeInstances *"]);
  });

  it("P52 every resource of RunInstances, those to be made and those not named", () => {
    const resources: TouchedResource[] = [
      { type: "image", id: "ami-1" },
      { type: "key-pair", id: "work" },
      { type: "snapshot", id: "snap-1" },
      { type: "volume" },
      { type: "subnet", id: "subnet-1", ownerId: "210987654321" },
      { type: "vpc", id: "vpc-1" },
    ];
    expect(asked(callOf("RunInstances", resources))).toEqual([
      `ec2:RunInstances ${scope}::image/ami-1`,
      `ec2:RunInstances ${scope}:123456789012:key-pair/work`,
      `ec2:RunInstances ${scope}::snapshot/snap-1`,
      `ec2:RunInstances ${scope}:123456789012:volume/*`,
      `ec2:RunInstances ${scope}:210987654321:subnet/subnet-1`,
      `ec2:RunInstances ${scope}:123456789012:instance/*`,
      `ec2:RunInstances ${scope}:123456789012:network-interface/*`,
      `ec2:RunInstances ${scope}:123456789012:security-group/*`,
    ]);
  });

  it("P54 ec2:CreateTags for what is made with tags, and for nothing else", () => {
    const resources: TouchedResource[] = [
      { type: "snapshot", requestTags: { team: "blue" } },
      { type: "volume", id: "vol-1", tags: { team: "blue" }, requestTags: { team: "blue" } },
    ];
    expect(asked(callOf("CreateSnapshot", resources))).toEqual([
      `ec2:CreateSnapshot ${scope}::snapshot/*`,
      `ec2:CreateSnapshot ${scope}:123456789012:volume/vol-1`,
      `ec2:CreateTags ${scope}::snapshot/*`,
    ]);
    const tagging = callOf("CreateTags", [instance("i-1", { requestTags: { a: "b" } })]);
    expect(asked(tagging)).toEqual([`ec2:CreateTags ${scope}:123456789012:instance/i-1`]);
  });

  it("P50 nothing for an action that is not known: not even full access is enough", () => {
    for (const action of ["LaunchRockets", "constructor", "__proto__"]) {
      expect(refusal(callOf(action), policyOf(allow("*")))?.code).toBe("InternalError");
    }
  });

  it.each(ACTION_NAMES)("%s is denied without policies, allowed by ec2:*, denied again by a Deny", (action) => {
    const types = Object.keys(accessOf(action)) as TouchedResource["type"][];
    const call = callOf(
      action,
      types.map((type) => ({ type, id: `${type}-1` })),
    );
    expect(refusal(call)?.details.reason).toBe("implicitDeny");
    expect(refusal(call, policyOf(allow("ec2:*")))).toBeUndefined();
    expect(refusal(call, policyOf(allow("ec2:*"), deny(`ec2:${action}`)))?.details.reason).toBe("explicitDeny");
    // Every resource counts: one that is denied is enough.
    for (const type of types) {
      const denying = policyOf(allow("ec2:*"), deny(`ec2:${action}`, `arn:aws:ec2:*:*:${type}/*`));
      expect(refusal(call, denying)?.details.reason).toBe("explicitDeny");
    }
  });
});

describe("P53 condition keys of calls and resources", () => {
  const holdsFor = (call: Ec2Call, condition: object) =>
    refusal(call, policyOf(allow("ec2:*", "*", condition))) === undefined;
  const equals = (key: string, value: string) => ({ StringEquals: { [key]: value } });

  it.each([
    ["aws:username", "alice"],
    ["aws:userid", "AIDAEXAMPLE"],
    ["aws:PrincipalArn", USER],
    ["aws:PrincipalAccount", "123456789012"],
    ["aws:PrincipalType", "User"],
    ["aws:PrincipalTag/team", "blue"],
    ["aws:RequestedRegion", "us-east-1"],
    ["ec2:Region", "us-east-1"],
    ["aws:CurrentTime", "2026-11-21T12:00:00.000Z"],
    ["aws:EpochTime", "1795262400"],
    ["aws:SecureTransport", "true"],
    ["aws:SourceIp", "203.0.113.7"],
    ["aws:UserAgent", "aws-cli/2"],
  ])("every call has %s", (key, value) => {
    const call = callOf("DescribeInstances", [], { sourceIp: "203.0.113.7", userAgent: "aws-cli/2" });
    expect(holdsFor(call, equals(key, value))).toBe(true);
    expect(holdsFor(call, equals(key, "other"))).toBe(false);
  });

  it("P32 a call from within the page has no address", () => {
    expect(holdsFor(callOf("DescribeInstances"), { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } })).toBe(false);
    expect(holdsFor(callOf("DescribeInstances"), { Null: { "aws:SourceIp": "true" } })).toBe(true);
  });

  const facts = { InstanceType: "v1.nano", EbsOptimized: false, MetadataHttpPutResponseHopLimit: 2, VolumeSize: 8 };
  const running = instance("i-1", { tags: { owner: "alice" }, requestTags: { owner: "bob" }, facts });

  it("a resource has its tags and facts, as far as the action knows of them", () => {
    const stop = callOf("StopInstances", [running]);
    expect(holdsFor(stop, equals("ec2:ResourceTag/owner", "alice"))).toBe(true);
    expect(holdsFor(stop, equals("aws:ResourceTag/owner", variable("aws:username")))).toBe(true);
    expect(holdsFor(stop, equals("ec2:InstanceType", "v1.nano"))).toBe(true);
    expect(holdsFor(stop, { Bool: { "ec2:EbsOptimized": "false" } })).toBe(true);
    expect(holdsFor(stop, { NumericLessThan: { "ec2:MetadataHttpPutResponseHopLimit": "3" } })).toBe(true);
    expect(holdsFor(stop, equals("aws:ResourceAccount", "123456789012"))).toBe(true);
    expect(holdsFor(stop, { Null: { "aws:RequestTag/owner": "true", "aws:TagKeys": "true" } })).toBe(true);
    expect(holdsFor(stop, { Null: { "ec2:VolumeSize": "true" } })).toBe(true);
  });

  it("a resource that is made has the tags that it gets", () => {
    const create = callOf("CreateVolume", [
      {
        type: "volume",
        tags: { owner: "no" },
        requestTags: { owner: "alice" },
        facts: { VolumeSize: 8, Encrypted: true },
      },
    ]);
    expect(holdsFor(create, equals("aws:RequestTag/owner", "alice"))).toBe(true);
    expect(holdsFor(create, { "ForAllValues:StringEquals": { "aws:TagKeys": ["owner"] } })).toBe(true);
    expect(holdsFor(create, { Null: { "aws:ResourceTag/owner": "true" } })).toBe(false);
    const untagged = callOf("CreateVolume", [{ type: "volume", tags: { owner: "no" } }]);
    expect(holdsFor(untagged, { Null: { "aws:ResourceTag/owner": "true", "aws:TagKeys": "true" } })).toBe(true);
  });

  it("an attribute that is changed is known by name and value", () => {
    const modify = callOf("ModifyInstanceAttribute", [{ ...running, attributes: { InstanceType: "v1.micro" } }]);
    expect(holdsFor(modify, equals("ec2:Attribute", "InstanceType"))).toBe(true);
    expect(holdsFor(modify, equals("ec2:Attribute/InstanceType", "v1.micro"))).toBe(true);
    expect(holdsFor(modify, equals("ec2:InstanceType", "v1.nano"))).toBe(true);
  });
});
