import { describe, expect, it } from "vitest";
import { allow, applied, deny, policyOf, variable } from "../../../../test/support/policy-lab.ts";
import { AWS_MANAGED_POLICIES } from "../directory/aws-managed-policies.ts";
import { checkCall } from "./authorize.ts";
import type { TouchedResource } from "./resource-context.ts";

/**
 * The kinds of policies that the EC2 User Guide shows ("Example policies to control access to the Amazon EC2 API"), for
 * this cloud's types and images.
 */
const ACCOUNT = "123456789012";
const arn = (type: string, id = "*") =>
  `arn:aws:ec2:us-east-1:${["image", "snapshot"].includes(type) ? "" : ACCOUNT}:${type}/${id}`;

interface More {
  readonly userName?: string;
  readonly region?: string;
}

/** What of a call is not allowed: `action type`. */
function denied(policy: string, action: string, resources: readonly TouchedResource[] = [], more: More = {}): string[] {
  const { userName = "alice", region = "us-east-1" } = more;
  const principal = { type: "user", accountId: ACCOUNT, userName, userId: "AIDA1", path: "/", tags: {} } as const;
  const answers = checkCall({ principal, region, now: 0, action, resources }, [applied(policy)]);
  return answers
    .filter(({ decision }) => !decision.allowed)
    .map((answer) => `${answer.action.slice(4)} ${answer.resource.split(/[:/]/).at(-2) ?? "*"}`);
}

interface Launch {
  readonly type?: string;
  readonly image?: string;
  readonly imageTags?: Readonly<Record<string, string>>;
  readonly volumeGiB?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly keyName?: string;
}

const launch = ({
  type = "v1.micro",
  image = "ami-1",
  imageTags = {},
  volumeGiB = 8,
  tags = {},
  keyName,
}: Launch = {}) =>
  [
    { type: "image", id: image, tags: imageTags, facts: { Owner: ACCOUNT, Public: false, ImageID: image } },
    { type: "instance", requestTags: tags, facts: { InstanceType: type, RootDeviceType: "ebs" } },
    { type: "volume", requestTags: tags, facts: { VolumeSize: volumeGiB, VolumeType: "gp3", Encrypted: false } },
    { type: "network-interface", facts: { Subnet: arn("subnet", "subnet-1") } },
    { type: "subnet", id: "subnet-1", facts: { SubnetID: "subnet-1" } },
    { type: "security-group", id: "sg-1", facts: { SecurityGroupID: "sg-1" } },
    ...(keyName === undefined ? [] : [{ type: "key-pair", id: keyName } as const]),
  ] satisfies TouchedResource[];

const machine = (tags: Readonly<Record<string, string>> = {}): TouchedResource[] => [
  { type: "instance", id: "i-1", tags },
];

/** What RunInstances needs besides instance and volume. */
const SURROUNDINGS = ["image", "network-interface", "subnet", "security-group", "key-pair"].map((type) => arn(type));

describe("example policies of EC2's user guide (F59, F60)", () => {
  it("read-only access", () => {
    const policy = policyOf(allow("ec2:Describe*"));
    expect(denied(policy, "DescribeInstances")).toEqual([]);
    expect(denied(policy, "DescribeImageAttribute", [{ type: "image", id: "ami-1" }])).toEqual([]);
    expect(denied(policy, "StopInstances", machine())).toEqual(["StopInstances instance"]);
    expect(denied(policy, "GetConsoleOutput", machine())).toEqual(["GetConsoleOutput instance"]);
  });

  it("a specific region", () => {
    for (const key of ["aws:RequestedRegion", "ec2:Region"]) {
      const policy = policyOf(allow("ec2:*"), deny("ec2:*", "*", { StringNotEquals: { [key]: "eu-central-1" } }));
      expect(denied(policy, "DescribeInstances", [], { region: "eu-central-1" })).toEqual([]);
      expect(denied(policy, "DescribeInstances")).toEqual(["DescribeInstances *"]);
      expect(denied(policy, "RunInstances", launch())).toHaveLength(6);
    }
  });

  it("stop and start by tag, terminate never", () => {
    const own = { StringEquals: { "ec2:ResourceTag/owner": variable("aws:username") } };
    const policy = policyOf(
      allow(["ec2:StopInstances", "ec2:StartInstances"], arn("instance"), own),
      deny("ec2:TerminateInstances"),
    );
    expect(denied(policy, "StopInstances", machine({ owner: "alice" }))).toEqual([]);
    expect(denied(policy, "StartInstances", machine({ owner: "alice" }))).toEqual([]);
    expect(denied(policy, "StopInstances", machine({ owner: "alice" }), { userName: "bob" })).toHaveLength(1);
    expect(denied(policy, "StopInstances", machine())).toHaveLength(1);
    expect(denied(policy, "StopInstances", [...machine({ owner: "alice" }), ...machine()])).toHaveLength(1);
    expect(denied(policy, "TerminateInstances", machine({ owner: "alice" }))).toEqual(["TerminateInstances instance"]);
  });

  it("only some instance types", () => {
    const types = { StringEquals: { "ec2:InstanceType": ["v1.nano", "v1.micro"] } };
    const policy = policyOf(
      allow("ec2:RunInstances", arn("instance"), types),
      allow("ec2:RunInstances", [...SURROUNDINGS, arn("volume")]),
    );
    expect(denied(policy, "RunInstances", launch({ keyName: "work" }))).toEqual([]);
    expect(denied(policy, "RunInstances", launch({ type: "v1.large" }))).toEqual(["RunInstances instance"]);
  });

  it("only some instance types, by a Deny, which has to name instances", () => {
    const types = { StringNotEquals: { "ec2:InstanceType": ["v1.nano", "v1.micro"] } };
    const right = policyOf(allow("ec2:RunInstances"), deny("ec2:RunInstances", arn("instance"), types));
    expect(denied(right, "RunInstances", launch())).toEqual([]);
    expect(denied(right, "RunInstances", launch({ type: "v1.large" }))).toEqual(["RunInstances instance"]);
    // P53 with Resource "*" it denies the image too, which has no instance type: nothing can be launched.
    const wrong = policyOf(allow("ec2:RunInstances"), deny("ec2:RunInstances", "*", types));
    expect(denied(wrong, "RunInstances", launch())).toContain("RunInstances image");
  });

  it("only images with a tag", () => {
    const tagged = { StringEquals: { "ec2:ResourceTag/department": "dev" } };
    const rest = [...SURROUNDINGS.slice(1), arn("instance"), arn("volume")];
    const policy = policyOf(
      allow("ec2:RunInstances", "arn:aws:ec2:*::image/ami-*", tagged),
      allow("ec2:RunInstances", rest),
    );
    expect(denied(policy, "RunInstances", launch({ imageTags: { department: "dev" } }))).toEqual([]);
    expect(denied(policy, "RunInstances", launch())).toEqual(["RunInstances image"]);
  });

  it("only images of an owner, and small volumes", () => {
    const policy = policyOf(
      allow("ec2:RunInstances"),
      deny("ec2:RunInstances", "arn:aws:ec2:*::image/*", { StringNotEquals: { "ec2:Owner": ACCOUNT } }),
      deny("ec2:RunInstances", arn("volume"), { NumericGreaterThan: { "ec2:VolumeSize": "10" } }),
    );
    expect(denied(policy, "RunInstances", launch())).toEqual([]);
    expect(denied(policy, "RunInstances", launch({ volumeGiB: 11 }))).toEqual(["RunInstances volume"]);
    const foreign = launch().map((resource) =>
      resource.type === "image" ? { ...resource, facts: { Owner: "amazon" } } : resource,
    );
    expect(denied(policy, "RunInstances", foreign)).toEqual(["RunInstances image"]);
  });

  it("tags are required at launch, and only these", () => {
    const required = {
      StringEquals: { "aws:RequestTag/environment": ["test", "production"] },
      "ForAllValues:StringEquals": { "aws:TagKeys": ["environment", "owner"] },
    };
    const policy = policyOf(
      allow("ec2:RunInstances", SURROUNDINGS),
      allow("ec2:RunInstances", [arn("instance"), arn("volume")], required),
      allow("ec2:CreateTags", [arn("instance"), arn("volume")], {
        StringEquals: { "ec2:CreateAction": "RunInstances" },
      }),
    );
    expect(denied(policy, "RunInstances", launch({ tags: { environment: "test", owner: "x" } }))).toEqual([]);
    const both = ["RunInstances instance", "RunInstances volume"];
    expect(denied(policy, "RunInstances", launch())).toEqual(both);
    expect(denied(policy, "RunInstances", launch({ tags: { environment: "other" } }))).toEqual(both);
    expect(denied(policy, "RunInstances", launch({ tags: { environment: "test", cost: "1" } }))).toEqual(both);
  });

  it("tags at launch only, none later", () => {
    const onCreate = { StringEquals: { "ec2:CreateAction": "RunInstances" } };
    const policy = policyOf(allow("ec2:RunInstances"), allow("ec2:CreateTags", "arn:aws:ec2:*:*:*/*", onCreate));
    expect(denied(policy, "RunInstances", launch({ tags: { a: "b" } }))).toEqual([]);
    const later: TouchedResource[] = [{ type: "instance", id: "i-1", requestTags: { a: "b" } }];
    expect(denied(policy, "CreateTags", later)).toEqual(["CreateTags instance"]);
    // Launching without tags needs no ec2:CreateTags; launching with them needs it.
    const untagged = policyOf(allow("ec2:RunInstances"));
    expect(denied(untagged, "RunInstances", launch())).toEqual([]);
    expect(denied(untagged, "RunInstances", launch({ tags: { a: "b" } }))).toEqual([
      "CreateTags instance",
      "CreateTags volume",
    ]);
  });

  it("a tag on instances that only its owner may have", () => {
    const mine = { StringEquals: { "aws:RequestTag/owner": variable("aws:username") } };
    const policy = policyOf(allow("ec2:CreateTags", arn("instance"), mine));
    const tag = (requestTags: Readonly<Record<string, string>>): TouchedResource[] => [
      { type: "instance", id: "i-1", requestTags },
    ];
    expect(denied(policy, "CreateTags", tag({ owner: "alice" }))).toEqual([]);
    expect(denied(policy, "CreateTags", tag({ owner: "bob" }))).toHaveLength(1);
    expect(denied(policy, "DeleteTags", tag({ owner: "alice" }))).toHaveLength(1);
  });

  it("attaching volumes by their tag to instances by theirs", () => {
    const user = { StringEquals: { "aws:ResourceTag/volume_user": variable("aws:username") } };
    const team = { StringEquals: { "aws:ResourceTag/department": "dev" } };
    const actions = ["ec2:AttachVolume", "ec2:DetachVolume"];
    const policy = policyOf(allow(actions, arn("volume"), user), allow(actions, arn("instance"), team));
    const attach = (department: string, volumeUser: string): TouchedResource[] => [
      { type: "instance", id: "i-1", tags: { department } },
      { type: "volume", id: "vol-1", tags: { volume_user: volumeUser } },
    ];
    expect(denied(policy, "AttachVolume", attach("dev", "alice"))).toEqual([]);
    expect(denied(policy, "AttachVolume", attach("dev", "bob"))).toEqual(["AttachVolume volume"]);
    expect(denied(policy, "AttachVolume", attach("ops", "alice"))).toEqual(["AttachVolume instance"]);
    // What is not named has no tags either.
    expect(denied(policy, "AttachVolume", attach("dev", "alice").slice(0, 1))).toEqual(["AttachVolume volume"]);
  });

  it("only encrypted volumes", () => {
    const encrypted = { Bool: { "ec2:Encrypted": "true" } };
    const policy = policyOf(allow("ec2:CreateVolume", arn("volume"), encrypted));
    expect(denied(policy, "CreateVolume", [{ type: "volume", facts: { Encrypted: true } }])).toEqual([]);
    expect(denied(policy, "CreateVolume", [{ type: "volume", facts: { Encrypted: false } }])).toHaveLength(1);
  });

  it("one subnet", () => {
    const policy = policyOf(allow("ec2:*"), {
      Effect: "Deny",
      Action: "ec2:RunInstances",
      Resource: arn("network-interface"),
      Condition: { ArnNotEquals: { "ec2:Subnet": arn("subnet", "subnet-1") } },
    });
    expect(denied(policy, "RunInstances", launch())).toEqual([]);
    // P52 a launch that names no interface is one with an interface that nothing is known of.
    const without = launch().filter(({ type }) => type !== "network-interface");
    expect(denied(policy, "RunInstances", without)).toEqual(["RunInstances network-interface"]);
  });
});

describe("P67 AWS's own policies", () => {
  const named = (name: string) => AWS_MANAGED_POLICIES.find((policy) => policy.name === name)?.document ?? "";

  it.each(["AdministratorAccess", "PowerUserAccess", "AmazonEC2FullAccess"])("%s allows all of EC2", (name) => {
    expect(denied(named(name), "RunInstances", launch({ tags: { a: "b" } }))).toEqual([]);
    expect(denied(named(name), "TerminateInstances", machine())).toEqual([]);
  });

  it("AmazonEC2ReadOnlyAccess allows to look", () => {
    const policy = named("AmazonEC2ReadOnlyAccess");
    expect(denied(policy, "DescribeInstances")).toEqual([]);
    expect(denied(policy, "TerminateInstances", machine())).toHaveLength(1);
  });
});
