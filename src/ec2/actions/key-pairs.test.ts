import {
  CreateKeyPairCommand,
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  DescribeTagsCommand,
  type EC2Client,
  ImportKeyPairCommand,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { Ec2Lab } from "../../../test/support/ec2-lab.ts";
import { ED25519, RSA } from "../../cloud/key-pairs/testing/fixed-keys.ts";

let ec2: EC2Client;
let lab: Ec2Lab;

beforeEach(async () => {
  lab = new Ec2Lab();
  ec2 = await lab.open();
});

const create = (input: Partial<CreateKeyPairCommand["input"]> = {}) =>
  ec2.send(new CreateKeyPairCommand({ KeyName: "mine", KeyType: "ed25519", ...input }));
const importKey = (name: string, material: string) =>
  ec2.send(new ImportKeyPairCommand({ KeyName: name, PublicKeyMaterial: new TextEncoder().encode(material) }));
const list = async (input: DescribeKeyPairsCommand["input"] = {}) =>
  (await ec2.send(new DescribeKeyPairsCommand(input))).KeyPairs ?? [];

describe("key pairs", () => {
  it("F62: a pair is RSA of 2048 bits unless asked for otherwise; its private key comes once and is not stored", async () => {
    const rsa = await create({ KeyType: undefined });
    expect(rsa.KeyMaterial).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----\n$/);
    expect(rsa.KeyFingerprint).toHaveLength(59);
    expect(rsa.KeyPairId).toMatch(/^key-[0-9a-f]{17}$/);
    const ppk = await create({ KeyName: "ppk", KeyFormat: "ppk" });
    expect(ppk.KeyMaterial).toMatch(/^PuTTY-User-Key-File-2: ssh-ed25519\n/);
    const ed25519 = await create({ KeyName: "ed25519" });
    expect(ed25519.KeyMaterial).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    const stored = await (await lab.lab.disk.open("cloud")).entries({ prefix: ["record", "key-pair"] });
    expect(stored).toHaveLength(3);
    const body = (file = "") => file.split("\n")[3] ?? "";
    for (const { KeyMaterial } of [rsa, ppk, ed25519]) {
      expect(body(KeyMaterial)).not.toBe("");
      expect(JSON.stringify(stored)).not.toContain(body(KeyMaterial));
    }
  });

  it("F62: imports, describes with and without the public key, by name, id and filter", async () => {
    const { KeyPairId: id = "" } = await importKey("rsa", `ssh-rsa ${RSA.blob} whatever`);
    const imported = await importKey("ed25519", ED25519.spki);
    expect(imported.KeyFingerprint).toBe(ED25519.sha256);
    expect(await list({ KeyNames: ["rsa"] })).toEqual([
      {
        KeyPairId: id,
        KeyName: "rsa",
        KeyType: "rsa",
        KeyFingerprint: RSA.md5,
        CreateTime: expect.any(Date),
        Tags: [],
      },
    ]);
    const [withKey] = await list({ KeyPairIds: [id], IncludePublicKey: true });
    expect(withKey?.PublicKey).toBe(`ssh-rsa ${RSA.blob} rsa`);
    const filtered = await list({ Filters: [{ Name: "fingerprint", Values: [ED25519.sha256] }] });
    expect(filtered.map(({ KeyName }) => KeyName)).toEqual(["ed25519"]);
    expect(await list({ Filters: [{ Name: "key-name", Values: ["*"] }] })).toHaveLength(2);
    await expect(list({ KeyNames: ["other"] })).rejects.toMatchObject({
      name: "InvalidKeyPair.NotFound",
      message: "The key pair 'other' does not exist",
    });
    await expect(list({ KeyPairIds: ["key-00000000000000000"] })).rejects.toMatchObject({
      name: "InvalidKeyPair.NotFound",
    });
  });

  it("F62: a name is taken once, and refused when it is none", async () => {
    await create();
    await expect(create()).rejects.toMatchObject({
      name: "InvalidKeyPair.Duplicate",
      message: "The keypair 'mine' already exists.",
    });
    await expect(importKey("mine", ED25519.spki)).rejects.toMatchObject({ name: "InvalidKeyPair.Duplicate" });
    for (const name of ["", " mine", "mine ", "é", "x".repeat(256)]) {
      await expect(create({ KeyName: name })).rejects.toMatchObject({ name: "InvalidParameterValue" });
    }
    await expect(importKey("dsa", "ssh-dss AAAA")).rejects.toMatchObject({ name: "InvalidKeyPair.Format" });
    await expect(create({ KeyName: "x", KeyType: "dsa" as never })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it("F62: two that are made at once with one name are one", async () => {
    const made = await Promise.allSettled([create({ KeyType: "rsa" }), create({ KeyType: "rsa" })]);
    expect(made.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await list()).toHaveLength(1);
  });

  it("F62: is deleted by name or id; one that there is not is a success", async () => {
    const { KeyPairId } = await create();
    await create({ KeyName: "other" });
    const remove = (input: DeleteKeyPairCommand["input"]) => ec2.send(new DeleteKeyPairCommand(input));
    expect(await remove({ KeyPairId })).toMatchObject({ Return: true, KeyPairId });
    expect(await remove({ KeyPairId })).toMatchObject({ Return: true });
    expect(await remove({ KeyName: "other" })).toMatchObject({ Return: true });
    expect(await remove({ KeyName: "other" })).toMatchObject({ Return: true });
    expect(await list()).toEqual([]);
    await expect(remove({})).rejects.toMatchObject({ name: "MissingParameter" });
  });

  it("F77: has tags, from the beginning or later; they and the pair are there after a reload", async () => {
    const specification = [{ ResourceType: "key-pair" as const, Tags: [{ Key: "a", Value: "1" }] }];
    const { KeyPairId = "" } = await create({ TagSpecifications: specification });
    await ec2.send(new CreateTagsCommand({ Resources: [KeyPairId], Tags: [{ Key: "b", Value: "2" }] }));
    ec2 = await lab.open();
    const [pair] = await list({ Filters: [{ Name: "tag:b", Values: ["2"] }] });
    expect(pair).toMatchObject({
      KeyPairId,
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    });
    const { Tags: tags } = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: "resource-type", Values: ["key-pair"] }] }),
    );
    expect(tags?.map(({ Key }) => Key)).toEqual(["a", "b"]);
  });

  it("F78: DryRun makes nothing", async () => {
    await expect(create({ DryRun: true })).rejects.toMatchObject({ name: "DryRunOperation" });
    expect(await list()).toEqual([]);
  });

  it("F79: is one of its region", async () => {
    await create();
    const there = lab.client({ region: "eu-west-1" });
    expect((await there.send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
    await there.send(new CreateKeyPairCommand({ KeyName: "mine", KeyType: "ed25519" }));
    expect(await list()).toHaveLength(1);
  });
});
