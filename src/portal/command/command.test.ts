import { describe, expect, it } from "vitest";
import { cliOf } from "./cli.ts";
import { ec2RequestsOf } from "./ec2-requests.ts";
import { type ApiCall, scriptOf } from "./script.ts";

const cli = (call: ApiCall) => ec2RequestsOf(call)?.map(cliOf).join("\n") ?? null;

describe("F72 the command of an action", () => {
  it.each<[ApiCall, string | null, string]>([
    [
      { member: "instance.stop", id: "i-1", args: [{ force: true }] },
      "aws ec2 stop-instances \\\n  --instance-ids i-1 \\\n  --force",
      'await cloud.instances.get("i-1").stop({ force: true });',
    ],
    [
      { member: "instance.start", id: "i-1", args: [] },
      "aws ec2 start-instances --instance-ids i-1",
      'await cloud.instances.get("i-1").start();',
    ],
    [
      { member: "volumes.create", args: [{ sizeGiB: 2, type: "gp3", name: "it's" }] },
      `aws ec2 create-volume \\
  --availability-zone us-east-1a \\
  --size 2 \\
  --volume-type gp3 \\
  --tag-specifications '[{"ResourceType":"volume","Tags":[{"Key":"Name","Value":"it'\\''s"}]}]'`,
      'await cloud.volumes.create({ sizeGiB: 2, type: "gp3", name: "it\'s" });',
    ],
    [
      { member: "subnets.modify", args: ["subnet-1", { mapPublicIpOnLaunch: true }] },
      "aws ec2 modify-subnet-attribute \\\n  --subnet-id subnet-1 \\\n  --map-public-ip-on-launch",
      'await cloud.subnets.modify("subnet-1", { mapPublicIpOnLaunch: true });',
    ],
    [
      { member: "vpcs.create", args: [{ cidrBlock: "10.0.0.0/16", region: "eu-west-1" }] },
      null,
      'await cloud.vpcs.create({ cidrBlock: "10.0.0.0/16", region: "eu-west-1" });',
    ],
    [
      { member: "volumes.rollback", args: [{ volumeId: "vol-1", snapshotId: "snap-1" }] },
      null,
      'await cloud.volumes.rollback({ volumeId: "vol-1", snapshotId: "snap-1" });',
    ],
    [
      { member: "instance.modify", id: "i-1", args: [{ type: "v1.small" }] },
      `aws ec2 modify-instance-attribute \\\n  --instance-id i-1 \\\n  --instance-type '{"Value":"v1.small"}'`,
      'await cloud.instances.get("i-1").modify({ type: "v1.small" });',
    ],
    [{ member: "instance.modify", id: "i-1", args: [{ kernelImage: "ami-1" }] }, null, expect.any(String)],
    [
      { member: "images.deregister", args: ["ami-1", { deleteAssociatedSnapshots: false }] },
      "aws ec2 deregister-image --image-id ami-1",
      'await cloud.images.deregister("ami-1", { deleteAssociatedSnapshots: false });',
    ],
  ])("%#: %o", (call, command, script) => {
    expect(cli(call)).toBe(command);
    expect(scriptOf(call)).toEqual(script);
  });

  it("breaks what is long into lines", () => {
    const request = {
      image: "ami-00000000000000001",
      type: "v1.small",
      count: 2,
      tags: { Name: "web", "a b": "c" },
      blockDevices: [{ device: "/dev/sdf", ebs: { sizeGiB: 1, deleteOnTermination: true } }],
    };
    expect(scriptOf({ member: "instances.launch", args: [request] })).toBe(`await cloud.instances.launch({
  image: "ami-00000000000000001",
  type: "v1.small",
  count: 2,
  tags: { Name: "web", "a b": "c" },
  blockDevices: [{ device: "/dev/sdf", ebs: { sizeGiB: 1, deleteOnTermination: true } }],
});`);
    expect(cli({ member: "instances.launch", args: [request] })).toContain(
      `--block-device-mappings '[{"DeviceName":"/dev/sdf","Ebs":{"VolumeSize":1,"DeleteOnTermination":true}}]'`,
    );
  });
});
