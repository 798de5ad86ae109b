import { beforeEach, describe, expect, it } from "vitest";
import { DirectoryLab } from "../../../../test/support/directory-lab.ts";
import { allow, deny, policyOf } from "../../../../test/support/policy-lab.ts";
import { CloudError } from "../../../base/errors.ts";
import { authorizeCall } from "../authorization/authorize.ts";
import { DEFAULT_ACCOUNT_ID } from "./accounts.ts";
import type { Directory } from "./directory.ts";

const ACCOUNT = DEFAULT_ACCOUNT_ID;
const FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";

const failure = async (work: Promise<unknown> | (() => unknown)): Promise<[code: string, message: string]> => {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof CloudError) return [error.code, error.message];
    throw error;
  }
  return ["done", ""];
};

let lab: DirectoryLab;
let directory: Directory;

beforeEach(async () => {
  lab = new DirectoryLab();
  directory = await lab.open();
});

const alice = () => directory.users.create({ accountId: ACCOUNT, userName: "alice" });
const admins = () => directory.groups.create({ accountId: ACCOUNT, groupName: "admins" });
const isAllowed = (userName: string, action = "DescribeInstances"): boolean => {
  const principal = directory.principal(ACCOUNT, userName);
  try {
    authorizeCall({ principal, region: "us-east-1", now: 0, action, resources: [] }, directory.policiesOf(principal));
    return true;
  } catch {
    return false;
  }
};

describe("accounts", () => {
  it("has the account of AWS's examples from the beginning", () => {
    expect(directory.accounts.list()).toEqual([
      expect.objectContaining({ accountId: "123456789012", name: "tabvisor" }),
    ]);
  });

  it("P60 makes others, each with users of its own", async () => {
    await directory.accounts.create("210987654321", "second");
    await alice();
    await directory.users.create({ accountId: "210987654321", userName: "alice" });
    expect(directory.users.list("210987654321")).toHaveLength(1);
    expect(await failure(directory.accounts.create("210987654321", "again"))).toMatchObject([
      "EntityAlreadyExists",
      {},
    ]);
    expect(await failure(directory.accounts.create("12", "short"))).toMatchObject(["ValidationError", {}]);
    expect(await failure(directory.users.create({ accountId: "111111111111", userName: "x" }))).toMatchObject([
      "NoSuchEntity",
      {},
    ]);
  });

  it("P43 root may do everything, and needs no policy", () => {
    const principal = directory.principal(ACCOUNT);
    expect(principal).toEqual({ type: "root", accountId: ACCOUNT });
    expect(() =>
      authorizeCall(
        { principal, region: "r", now: 0, action: "DescribeInstances", resources: [] },
        directory.policiesOf(principal),
      ),
    ).not.toThrow();
  });
});

describe("users and groups", () => {
  it("P60 have names that are unique without regard to case", async () => {
    const user = await directory.users.create({
      accountId: ACCOUNT,
      userName: "Alice",
      path: "/team/",
      tags: { team: "blue" },
    });
    expect(user.userId).toMatch(/^AIDA[A-Z2-7]{16}$/);
    expect(await failure(alice())).toEqual(["EntityAlreadyExists", "User with name alice already exists."]);
    expect(directory.principal(ACCOUNT, "ALICE")).toMatchObject({
      userName: "Alice",
      path: "/team/",
      tags: { team: "blue" },
    });
    await admins();
    const [code, message] = await failure(directory.groups.create({ accountId: ACCOUNT, groupName: "Admins" }));
    expect([code, message]).toEqual(["EntityAlreadyExists", "Group with name Admins already exists."]);
  });

  it.each([
    ["", "/"],
    ["a b", "/"],
    ["a/b", "/"],
    ["x".repeat(65), "/"],
    ["a", "team"],
    ["a", "/team"],
    ["a", "/te am/"],
  ])("P60 refuses the name '%s' with the path '%s'", async (userName, path) => {
    expect(await failure(directory.users.create({ accountId: ACCOUNT, userName, path }))).toMatchObject([
      "ValidationError",
      {},
    ]);
  });

  it("P60 says which is not there", async () => {
    expect(await failure(() => directory.users.get(ACCOUNT, "bob"))).toEqual([
      "NoSuchEntity",
      "The user with name bob cannot be found.",
    ]);
    expect(await failure(directory.groups.delete(ACCOUNT, "ops"))).toEqual([
      "NoSuchEntity",
      "The group with name ops cannot be found.",
    ]);
    await alice();
    expect(await failure(directory.users.addToGroup(ACCOUNT, "alice", "ops"))).toMatchObject(["NoSuchEntity", {}]);
    expect(await failure(directory.users.deletePolicy(ACCOUNT, "alice", "p"))).toEqual([
      "NoSuchEntity",
      "The user policy with name p cannot be found.",
    ]);
  });

  it("P62 are not deleted while they are in use", async () => {
    await alice();
    await admins();
    await directory.users.putPolicy(ACCOUNT, "alice", "own", policyOf(allow("*")));
    await directory.users.attachPolicy(ACCOUNT, "alice", FULL_ACCESS);
    await directory.users.addToGroup(ACCOUNT, "alice", "ADMINS");
    const key = await directory.accessKeys.create({ accountId: ACCOUNT, userName: "alice" });
    const remove = () => failure(directory.users.delete(ACCOUNT, "alice"));

    expect(await remove()).toEqual(["DeleteConflict", "Cannot delete entity, must delete policies first."]);
    await directory.users.deletePolicy(ACCOUNT, "alice", "own");
    expect(await remove()).toEqual(["DeleteConflict", "Cannot delete entity, must detach all policies first."]);
    await directory.users.detachPolicy(ACCOUNT, "alice", FULL_ACCESS);
    expect(await remove()).toEqual(["DeleteConflict", "Cannot delete entity, must remove users from group first."]);
    expect(await failure(directory.groups.delete(ACCOUNT, "admins"))).toMatchObject(["DeleteConflict", {}]);
    await directory.users.removeFromGroup(ACCOUNT, "alice", "admins");
    expect(await remove()).toEqual(["DeleteConflict", "Cannot delete entity, must delete access keys first."]);
    await directory.accessKeys.delete({ accountId: ACCOUNT, userName: "alice" }, key.accessKeyId);
    await directory.users.delete(ACCOUNT, "alice");
    await directory.groups.delete(ACCOUNT, "admins");
    expect(directory.users.list(ACCOUNT)).toEqual([]);
  });

  it("P61 have as many groups as IAM allows", async () => {
    await alice();
    for (let i = 0; i < 11; i++) await directory.groups.create({ accountId: ACCOUNT, groupName: `g${i}` });
    for (let i = 0; i < 10; i++) await directory.users.addToGroup(ACCOUNT, "alice", `g${i}`);
    await directory.users.addToGroup(ACCOUNT, "alice", "g0");
    const [code, message] = await failure(directory.users.addToGroup(ACCOUNT, "alice", "g10"));
    expect([code, message]).toEqual(["LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10"]);
    expect(directory.groups.members(ACCOUNT, "g0").map(({ name }) => name)).toEqual(["alice"]);
  });
});

describe("policies", () => {
  it("P64 apply from the user and from their groups, inline and attached, until they go", async () => {
    await alice();
    await admins();
    expect(isAllowed("alice")).toBe(false);

    await directory.users.putPolicy(ACCOUNT, "alice", "look", policyOf(allow("ec2:Describe*")));
    expect(isAllowed("alice")).toBe(true);
    await directory.users.putPolicy(ACCOUNT, "alice", "look", policyOf(allow("s3:*")));
    expect(isAllowed("alice")).toBe(false);

    await directory.groups.attachPolicy(ACCOUNT, "admins", FULL_ACCESS);
    await directory.users.addToGroup(ACCOUNT, "alice", "admins");
    expect(isAllowed("alice")).toBe(true);
    expect(
      directory
        .policiesOf(directory.principal(ACCOUNT, "alice"))
        .map(({ policy, kind, attachedTo }) => [policy, kind, attachedTo]),
    ).toEqual([
      ["look", "inline", "user/alice"],
      [FULL_ACCESS, "managed", "group/admins"],
    ]);

    await directory.groups.putPolicy(ACCOUNT, "admins", "not", policyOf(deny("ec2:*")));
    expect(isAllowed("alice")).toBe(false);
    await directory.groups.deletePolicy(ACCOUNT, "admins", "not");
    expect(isAllowed("alice")).toBe(true);
    await directory.users.removeFromGroup(ACCOUNT, "alice", "admins");
    expect(isAllowed("alice")).toBe(false);
  });

  it("P64 of one's own can be made, attached, replaced and deleted", async () => {
    await alice();
    const made = await directory.policies.create({
      accountId: ACCOUNT,
      policyName: "look",
      document: policyOf(allow("ec2:Describe*")),
    });
    expect(made.arn).toBe("arn:aws:iam::123456789012:policy/look");
    expect(await failure(directory.policies.create({ ...made, policyName: "Look" }))).toEqual([
      "EntityAlreadyExists",
      "A policy called Look already exists. Duplicate names are not allowed.",
    ]);
    await directory.users.attachPolicy(ACCOUNT, "alice", made.arn);
    expect(isAllowed("alice")).toBe(true);
    await directory.policies.replace(ACCOUNT, made.arn, policyOf(deny("*")));
    expect(isAllowed("alice")).toBe(false);
    expect(await failure(directory.policies.delete(ACCOUNT, made.arn))).toEqual([
      "DeleteConflict",
      "Cannot delete a policy attached to entities.",
    ]);
    await directory.users.detachPolicy(ACCOUNT, "alice", made.arn);
    await directory.policies.delete(ACCOUNT, made.arn);
    expect(await failure(directory.users.attachPolicy(ACCOUNT, "alice", made.arn))).toEqual([
      "NoSuchEntity",
      `Policy ${made.arn} does not exist or is not attachable.`,
    ]);
  });

  it("P64 of another account cannot be attached", async () => {
    await directory.accounts.create("210987654321", "second");
    await alice();
    const { arn } = await directory.policies.create({
      accountId: "210987654321",
      policyName: "p",
      document: policyOf(allow("*")),
    });
    expect(await failure(directory.users.attachPolicy(ACCOUNT, "alice", arn))).toMatchObject(["NoSuchEntity", {}]);
  });

  it("P67 of AWS cannot be changed", async () => {
    expect(directory.policies.list(ACCOUNT).map(({ name }) => name)).toContain("AmazonEC2ReadOnlyAccess");
    expect(await failure(directory.policies.replace(ACCOUNT, FULL_ACCESS, policyOf(deny("*"))))).toMatchObject([
      "NoSuchEntity",
      {},
    ]);
    expect(await failure(directory.policies.delete(ACCOUNT, FULL_ACCESS))).toMatchObject(["NoSuchEntity", {}]);
  });

  it("P2 P4 are checked before they are kept", async () => {
    await alice();
    const bad = directory.users.putPolicy(ACCOUNT, "alice", "p", "{}");
    expect(await failure(bad)).toMatchObject(["MalformedPolicyDocument", {}]);
    const older = JSON.stringify({ Statement: allow("*") });
    await directory.users.putPolicy(ACCOUNT, "alice", "older", older);
    expect(directory.users.getPolicy(ACCOUNT, "alice", "older")).toBe(older);
    const [code, message] = await failure(
      directory.policies.create({ accountId: ACCOUNT, policyName: "p", document: older }),
    );
    expect(code).toBe("MalformedPolicyDocument");
    expect(message).toMatch(/^Policy document must be version 2012-10-17 or greater\. Version: /);
  });

  it("P61 have IAM's sizes and numbers", async () => {
    await alice();
    await admins();
    const long = (size: number) => policyOf(allow(["ec2:*", `ec2:${"x".repeat(size)}`]));
    await directory.users.putPolicy(ACCOUNT, "alice", "a", long(1000));
    expect(await failure(directory.users.putPolicy(ACCOUNT, "alice", "b", long(1000)))).toEqual([
      "LimitExceeded",
      "Maximum policy size of 2048 bytes exceeded for user alice",
    ]);
    await directory.users.putPolicy(ACCOUNT, "alice", "a", `${long(1900)}${" ".repeat(5000)}`);
    await directory.groups.putPolicy(ACCOUNT, "admins", "a", long(5000));
    const tooLong = { accountId: ACCOUNT, policyName: "p", document: long(6144) };
    expect(await failure(directory.policies.create(tooLong))).toEqual([
      "LimitExceeded",
      "Cannot exceed quota for PolicySize: 6144",
    ]);
    for (let i = 0; i < 10; i++) {
      const { arn } = await directory.policies.create({ accountId: ACCOUNT, policyName: `p${i}`, document: long(1) });
      await directory.users.attachPolicy(ACCOUNT, "alice", arn);
    }
    expect(await failure(directory.users.attachPolicy(ACCOUNT, "alice", FULL_ACCESS))).toEqual([
      "LimitExceeded",
      "Cannot exceed quota for PoliciesPerUser: 10",
    ]);
  });
});

describe("P63 access keys", () => {
  const owner = { accountId: ACCOUNT, userName: "alice" };

  it("give their secret once, and say whose they are", async () => {
    await alice();
    const key = await directory.accessKeys.create(owner);
    expect(key.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(key.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(directory.credentials(key.accessKeyId)).toMatchObject({
      secretAccessKey: key.secretAccessKey,
      principal: { type: "user", userName: "alice" },
    });
    const [listed] = directory.accessKeys.list(owner);
    expect(listed).toMatchObject({ accessKeyId: key.accessKeyId, status: "Active" });
    expect(JSON.stringify(listed)).not.toContain(key.secretAccessKey);
  });

  it("are no good when unknown, inactive or deleted, and it is not said why", async () => {
    await alice();
    const { accessKeyId } = await directory.accessKeys.create(owner);
    const refused = ["AuthFailure", "AWS was not able to validate the provided access credentials"];
    expect(await failure(() => directory.credentials("AKIAUNKNOWN"))).toEqual(refused);
    await directory.accessKeys.setStatus(owner, accessKeyId, "Inactive");
    expect(await failure(() => directory.credentials(accessKeyId))).toEqual(refused);
    await directory.accessKeys.setStatus(owner, accessKeyId, "Active");
    expect(directory.credentials(accessKeyId).principal).toMatchObject({ userName: "alice" });
    await directory.accessKeys.delete(owner, accessKeyId);
    expect(await failure(() => directory.credentials(accessKeyId))).toEqual(refused);
  });

  it("are two at most, and nobody else's to change", async () => {
    await alice();
    await directory.users.create({ accountId: ACCOUNT, userName: "bob" });
    const first = await directory.accessKeys.create(owner);
    await directory.accessKeys.create(owner);
    expect(await failure(directory.accessKeys.create(owner))).toEqual([
      "LimitExceeded",
      "Cannot exceed quota for AccessKeysPerUser: 2",
    ]);
    const bob = { accountId: ACCOUNT, userName: "bob" };
    expect(await failure(directory.accessKeys.delete(bob, first.accessKeyId))).toMatchObject(["NoSuchEntity", {}]);
    expect(await failure(directory.accessKeys.delete({ accountId: ACCOUNT }, first.accessKeyId))).toMatchObject([
      "NoSuchEntity",
      {},
    ]);
  });

  it("of root can be brought along", async () => {
    await directory.accessKeys.import({ accountId: ACCOUNT }, "test", "test");
    expect(directory.credentials("test")).toEqual({
      secretAccessKey: "test",
      principal: { type: "root", accountId: ACCOUNT },
    });
    const again = directory.accessKeys.import({ accountId: ACCOUNT }, "test", "other");
    expect(await failure(again)).toMatchObject(["EntityAlreadyExists", {}]);
    expect(await failure(directory.accessKeys.import({ accountId: ACCOUNT }, "a b", "x"))).toMatchObject([
      "ValidationError",
      {},
    ]);
  });
});

describe("the store", () => {
  it("P65 P66 has everything when the directory is opened again", async () => {
    await alice();
    await admins();
    const { arn } = await directory.policies.create({
      accountId: ACCOUNT,
      policyName: "p",
      document: policyOf(allow("ec2:*")),
    });
    await directory.groups.attachPolicy(ACCOUNT, "admins", arn);
    await directory.users.addToGroup(ACCOUNT, "alice", "admins");
    const key = await directory.accessKeys.create({ accountId: ACCOUNT, userName: "alice" });
    await directory.users.create({ accountId: ACCOUNT, userName: "gone" });
    await directory.users.delete(ACCOUNT, "gone");

    directory = await lab.open();
    expect(directory.users.list(ACCOUNT).map(({ name }) => name)).toEqual(["alice"]);
    expect(directory.credentials(key.accessKeyId).secretAccessKey).toBe(key.secretAccessKey);
    expect(isAllowed("alice")).toBe(true);
    expect(directory.accounts.list()).toHaveLength(1);
  });

  it("P65 what it refuses has not happened, and the next change is not hindered", async () => {
    await alice();
    lab.disk.database(DirectoryLab.database).failNext("commit", new CloudError("Store.QuotaExceeded", "full"));
    const refused = failure(directory.users.putPolicy(ACCOUNT, "alice", "p", policyOf(allow("*"))));
    const next = failure(directory.users.addToGroup(ACCOUNT, "alice", "none"));
    expect(await refused).toMatchObject(["Store.QuotaExceeded", {}]);
    expect(await next).toMatchObject(["NoSuchEntity", {}]);
    expect(isAllowed("alice")).toBe(false);
    await directory.users.putPolicy(ACCOUNT, "alice", "p", policyOf(allow("*")));
    expect(isAllowed("alice")).toBe(true);
  });

  it("P65 changes at the same time come one after the other", async () => {
    await alice();
    const owner = { accountId: ACCOUNT, userName: "alice" };
    const results = await Promise.all([1, 2, 3, 4].map(() => failure(directory.accessKeys.create(owner))));
    expect(results.map(([code]) => code)).toEqual(["done", "done", "LimitExceeded", "LimitExceeded"]);
    const [made, lost] = await Promise.all([
      failure(directory.users.addToGroup(ACCOUNT, "alice", "late")),
      failure(directory.groups.create({ accountId: ACCOUNT, groupName: "late" })),
    ]);
    expect([made[0], lost[0]]).toEqual(["NoSuchEntity", "done"]);
  });

  it("P66 a record that cannot be read keeps the directory closed: it might be what denies", async () => {
    await alice();
    const store = await lab.disk.open(DirectoryLab.database);
    await store.commit([
      { type: "put", key: ["record", "iam.group", "x"], value: { version: 1, value: { name: "half" } } },
    ]);
    expect(await failure(lab.open())).toMatchObject(["Store.RecordCorrupt", {}]);
  });
});
