import { beforeEach, describe, expect, it } from "vitest";
import { launched, rejects, TEST_HOST } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { allow, deny, policyOf } from "../../../test/support/policy-lab.ts";
import { hearUncaught } from "../../../test/support/uncaught.ts";
import type { CloudResources } from "../assembly.ts";
import { LocalBackend } from "../tabs/local-backend.ts";
import { PLAN } from "../tabs/plan.ts";
import { TabCloud } from "../tabs/tab-cloud.ts";
import type { NewAccessKey } from "./access-info.ts";
import { MEMBER_ACTIONS } from "./member-actions.ts";
import { READ_ACTIONS } from "./read-actions.ts";

let lab: CloudLab;
let resources: CloudResources;
let root: TabCloud;
let tab: TabCloud;

/** Two tabs' clouds over the same: one stays the root user's. */
beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  resources = await lab.open();
  const backend = new LocalBackend(resources);
  root = new TabCloud("owner", backend, TEST_HOST);
  tab = new TabCloud("owner", backend, TEST_HOST, "portal");
});

/** A user with a key, and with a policy of these statements. */
async function user(userName: string, ...statements: object[]): Promise<NewAccessKey> {
  await root.access.createUser({ userName });
  if (statements.length > 0) {
    const policyDocument = policyOf(...statements);
    await root.access.putUserPolicy({ userName, policyName: "own", policyDocument });
  }
  return await root.access.createAccessKey({ userName });
}

const CALLS = Object.entries(MEMBER_ACTIONS).flatMap(([resource, members]) =>
  Object.entries(members).map(([method, member]) => ({ resource, method, member })),
);

describe("P56 the gate of this cloud's own API", () => {
  it.each(CALLS.filter(({ member }) => !member.free && member.action !== "signin:ConsoleLogin"))(
    "F59 $resource, $method is refused to a user without policies",
    async ({ resource, method }) => {
      const { accessKeyId } = await user("nobody");
      const { id } = await launched(resources);
      const stored = () =>
        lab.disk
          .database("cloud")
          .dump()
          .filter(([key]) => !String(key[1]).startsWith("audit"));
      const before = stored();
      const target = {
        resource,
        id: resource in PLAN ? null : id,
        method,
        caller: { accessKeyId, origin: "api" as const },
      };
      const call = new LocalBackend(resources).call(target, resource === "access" ? [{ userName: "root" }] : []);
      const code =
        resource === "access" && !/Events|Account/.test(method.replace("AccessKey", ""))
          ? "AccessDenied"
          : "UnauthorizedOperation";
      await expect(call).rejects.toMatchObject({
        code,
        message: expect.stringContaining("User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: "),
      });
      expect(stored()).toEqual(before);
      const [entry] = await resources.access.audit.list({}, 1);
      expect(entry).toMatchObject({ errorCode: code, principal: "arn:aws:iam::123456789012:user/nobody" });
    },
  );

  it("has an action for each list that a tab has a copy of", () => {
    const lists = Object.entries(PLAN).filter(([, plan]) => Object.values(plan).includes("list" as never));
    expect(Object.keys(READ_ACTIONS).sort()).toEqual(lists.map(([name]) => name).sort());
  });

  it("F72 a tab that signs in has what its user may, and the error where they may not", async () => {
    const vm = await launched(resources);
    const key = await user("alice", allow(["ec2:DescribeInstances", "ec2:RebootInstances"]));
    await rejects(tab.access.signIn({ ...pick(key), secretAccessKey: "wrong" }), "AuthFailure");
    expect(tab.access.identity).toMatchObject({ userName: null, accessKeyId: "" });
    expect(await tab.access.signIn(pick(key))).toMatchObject({ userName: "alice" });
    expect(tab.instances.list().map(({ id }) => id)).toEqual([vm.id]);
    await tab.instances.get(vm.id).reboot();
    await rejects(
      tab.instances.get(vm.id).stop(),
      "UnauthorizedOperation",
      "perform: ec2:StopInstances on resource: arn:",
    );
    await rejects(tab.instances.get(vm.id).exec("id"), "UnauthorizedOperation", "perform: tabvisor:Exec");
    await rejects(tab.instances.launch({ image: "tiny" }), "UnauthorizedOperation", "perform: ec2:RunInstances");
    expect(() => tab.volumes.list()).toThrow(expect.objectContaining({ code: "UnauthorizedOperation" }));
    expect(() => tab.volumes.get(vm.rootVolumeId)).toThrow(
      /because no identity-based policy allows the ec2:DescribeVolumes/,
    );
    await rejects(tab.access.createUser({ userName: "mallory" }), "AccessDenied", ":user/mallory because no identity");
    tab.access.signOut();
    expect(tab.volumes.list()).toHaveLength(1);
  });

  it("F61 a tab that is reloaded works on by the id of its key, as long as that is good", async () => {
    const { accessKeyId } = await user("returning", allow("ec2:DescribeInstances"));
    expect(await tab.access.resume(accessKeyId)).toMatchObject({ userName: "returning", accessKeyId });
    expect(tab.instances.list()).toEqual([]);
    expect(() => tab.volumes.list()).toThrow(expect.objectContaining({ code: "UnauthorizedOperation" }));
    tab.access.signOut();
    await root.access.updateAccessKey({ userName: "returning", accessKeyId, status: "Inactive" });
    await rejects(tab.access.resume(accessKeyId), "AuthFailure");
    expect(tab.access.identity).toMatchObject({ userName: null, accessKeyId: "" });
  });

  it("F12 what a signed-in tab makes says who made it", async () => {
    const { accessKeyId, secretAccessKey } = await user("maker", allow("ec2:*"));
    await tab.access.signIn({ accessKeyId, secretAccessKey });
    const { createdBy } = await tab.launchTemplates.create({ name: "hers", data: { image: "tiny" } });
    expect(createdBy).toBe("arn:aws:iam::123456789012:user/maker");
  });

  it("F48 a tab that signs in to another account has its encryption by default", async () => {
    await root.encryption.setEncryptByDefault(true);
    await root.encryption.setEncryptByDefault(true, { region: "eu-west-1" });
    expect(tab.encryption.encryptByDefault).toBe(true);
    expect(tab.encryption.encryptedRegions).toEqual(["eu-west-1", "us-east-1"]);
    const { accounts, accessKeys } = resources.access.directory;
    await accounts.ensure("210987654321", "other");
    await accessKeys.provide({ accountId: "210987654321" }, "other", "other");
    await tab.access.signIn({ accessKeyId: "other", secretAccessKey: "other" });
    expect(tab.encryption.encryptByDefault).toBe(false);
    expect(tab.encryption.encryptedRegions).toEqual([]);
    await tab.encryption.setEncryptByDefault(true);
    await root.encryption.setEncryptByDefault(false);
    expect([root.encryption.encryptByDefault, tab.encryption.encryptByDefault]).toEqual([false, true]);
  });

  it("F59 takes a change of policies at once, and a key that is no longer good as none", async () => {
    const key = await user("alice");
    await tab.access.signIn(pick(key));
    expect(() => tab.instances.list()).toThrow(expect.objectContaining({ code: "UnauthorizedOperation" }));
    let changes = 0;
    tab.instances.onChange(() => changes++);
    const policyArn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";
    await root.access.attachUserPolicy({ userName: "alice", policyArn });
    await settle();
    expect(tab.instances.list()).toEqual([]);
    expect(changes).toBeGreaterThan(0);
    await root.access.updateAccessKey({ userName: "alice", accessKeyId: key.accessKeyId, status: "Inactive" });
    await settle();
    expect(() => tab.instances.list()).toThrow(expect.objectContaining({ code: "AuthFailure" }));
    await rejects(tab.images.list(), "AuthFailure");
  });

  it("F79 another account has nothing of this one, and the other way round", async () => {
    const vm = await launched(resources);
    const other = await root.access.createAccount({ name: "other" });
    await tab.access.signIn(pick(other));
    expect(tab.instances.list()).toEqual([]);
    expect(tab.volumes.list()).toEqual([]);
    expect(() => tab.instances.get(vm.id)).toThrow(expect.objectContaining({ code: "InvalidInstanceID.NotFound" }));
    const target = { resource: "instance", id: vm.id, method: "stop" };
    const caller = { accessKeyId: other.accessKeyId, origin: "api" as const };
    await rejects(new LocalBackend(resources).call({ ...target, caller }, []), "InvalidInstanceID.NotFound");
    const volume = await tab.volumes.create({ sizeGiB: 1 });
    expect(volume.ownerId).toBe(other.accountId);
    expect(root.volumes.list().map(({ id }) => id)).toEqual([vm.rootVolumeId]);
    expect(await tab.access.listUsers()).toEqual([]);
    await rejects(tab.access.listAccounts(), "AccessDenied");
  });

  it("F77 tags are set by who may create tags, and those that go are deleted by who may delete tags", async () => {
    const vm = await launched(resources, { tags: { owner: "alice", env: "test" } });
    const notOwner = { "ForAnyValue:StringEquals": { "aws:TagKeys": "owner" } };
    const key = await user(
      "alice",
      allow(["ec2:DescribeInstances", "ec2:CreateTags"]),
      deny("ec2:CreateTags", "*", notOwner),
    );
    await tab.access.signIn(pick(key));
    const own = tab.instances.get(vm.id);
    await own.setTags({ owner: "alice", env: "live", tier: "1" });
    await rejects(own.setTags({ owner: "bob", env: "live", tier: "1" }), "UnauthorizedOperation", "explicit deny");
    await rejects(own.setTags({ owner: "alice" }), "UnauthorizedOperation", "perform: ec2:DeleteTags on resource: ");
    await rejects(own.setTags({ owner: "alice", env: "new" }), "UnauthorizedOperation", "perform: ec2:DeleteTags");
    expect(own.tags).toEqual({ owner: "alice", env: "live", tier: "1" });
    const log = await resources.access.audit.list({ resource: vm.id, action: "Tags" }, 10);
    const tagsIn = (parameters: string) =>
      (JSON.parse(parameters).Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => `${Key}=${Value}`);
    const shown = log.map(({ action, errorCode, parameters }) => [action, errorCode, ...tagsIn(parameters)]);
    expect(shown).toEqual([
      ["ec2:DeleteTags", "UnauthorizedOperation", "tier=1"],
      ["ec2:CreateTags", "UnauthorizedOperation", "env=new"],
      ["ec2:DeleteTags", "UnauthorizedOperation", "env=live", "tier=1"],
      ["ec2:CreateTags", "UnauthorizedOperation", "owner=bob"],
      ["ec2:CreateTags", "", "env=live", "tier=1"],
    ]);
  });

  it("F79 a call is in the region of what it is about: policies ask for it, and the log has it", async () => {
    const eu = await launched(resources, { availabilityZone: "eu-west-1a" });
    const elsewhere = { StringNotEquals: { "ec2:Region": "us-east-1" } };
    const key = await user(
      "alice",
      allow("ec2:*"),
      deny(["ec2:RunInstances", "ec2:C*", "ec2:StopInstances"], "*", elsewhere),
    );
    await tab.access.signIn(pick(key));
    const denied = (call: Promise<unknown>) => rejects(call, "UnauthorizedOperation", "with an explicit deny");
    await denied(tab.instances.launch({ image: "tiny", availabilityZone: "eu-west-1a" }));
    await denied(tab.instances.get(eu.id).stop());
    await denied(tab.volumes.create({ sizeGiB: 1, availabilityZone: "eu-west-1b" }));
    await denied(tab.snapshots.create({ volumeId: eu.rootVolumeId }));
    await denied(tab.vpcs.create({ cidrBlock: "10.0.0.0/16", region: "eu-west-1" }));
    await denied(tab.vpcs.createDefault("eu-west-1"));
    const vpcId = root.vpcs.list().find(({ region }) => region === "eu-west-1")?.id ?? "";
    await denied(tab.subnets.create({ vpcId, cidrBlock: "172.31.128.0/20" }));
    const snapshot = await root.snapshots.create({ volumeId: eu.rootVolumeId });
    await denied(tab.snapshots.copy({ snapshotId: snapshot.id, region: "eu-west-2" }));
    await tab.snapshots.copy({ snapshotId: snapshot.id });
    const regions = (await resources.access.audit.list({ user: "user/alice" }, 9)).map(({ region }) => region);
    expect(regions).toEqual(["us-east-1", "eu-west-2", ...Array(7).fill("eu-west-1")]);
  });

  it("simulates what a user's policies say", async () => {
    const vm = await launched(resources, { tags: { owner: "alice" } });
    await user("alice", allow("ec2:StopInstances", "*", { StringEquals: { "ec2:ResourceTag/owner": "alice" } }));
    const ask = (action: string, resourcesOf: string[]) =>
      root.access.simulatePrincipalPolicy({ userName: "alice", action, resources: resourcesOf });
    expect(await ask("ec2:StopInstances", [vm.id])).toMatchObject([
      {
        action: "ec2:StopInstances",
        allowed: true,
        reason: "allowed",
        by: { policy: "own", attachedTo: "user/alice", statement: 0 },
      },
    ]);
    expect(await ask("TerminateInstances", [vm.id])).toMatchObject([
      { allowed: false, reason: "implicitDeny", by: null },
    ]);
    expect(await root.access.simulatePrincipalPolicy({ action: "iam:CreateUser" })).toMatchObject([{ reason: "root" }]);
    await rejects(ask("MakeCoffee", []), "ValidationError");
  });

  it("keeps users, keys and policies over a reload; the root user's key is there from the start", async () => {
    const key = await user("alice", allow("ec2:*"));
    const { access } = await lab.open();
    expect(access.credentials(key.accessKeyId)).toMatchObject({ principal: { userName: "alice" } });
    expect(access.credentials("test")).toMatchObject({ secretAccessKey: "test", principal: { type: "root" } });
  });

  it("P66 while the directory cannot be read, the page's own user goes on and nobody else", async () => {
    const { accessKeyId } = await user("alice", allow("ec2:*"));
    const store = await lab.disk.open("cloud");
    await store.commit([{ type: "put", key: ["record", "iam.policy", "x"], value: { version: 1, value: {} } }]);
    const reported = hearUncaught();
    const damaged = new LocalBackend(await lab.open());
    await settle();
    const list = { resource: "images", id: null, method: "list" };
    expect(await damaged.call(list, [])).toHaveLength(1);
    await rejects(damaged.call({ ...list, caller: { accessKeyId, origin: "api" } }, []), "Store.RecordCorrupt");
    expect(reported).toMatchObject([{ code: "Store.RecordCorrupt" }]);
  });
});

const pick = ({
  accessKeyId,
  secretAccessKey,
}: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}) => ({
  accessKeyId,
  secretAccessKey,
});
