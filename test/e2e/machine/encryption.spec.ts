import { searchDatabases } from "../../support/search-databases.ts";
import { type CloudPage, expect, test } from "./fixtures.ts";

const PASSPHRASE = "correct horse battery staple";
const SEALED_ROOT = { blockDevices: [{ device: "/dev/vda", ebs: { encrypted: true } }] };

/** Writes a file whose name and content hold a text of its own; gives that. */
async function writeSecret(cloud: CloudPage, id: string, directory: string): Promise<string> {
  const secret = `text${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
  await cloud.run(id, `yes ${secret} | head -c 200000 > ${directory}/${secret}; sync`);
  return secret;
}

const secretIn = async (cloud: CloudPage, id: string, directory: string, secret: string) =>
  await cloud.run(id, `head -n 1 ${directory}/${secret}; wc -c < ${directory}/${secret}`);

test.describe("encrypted disks, with real guests", () => {
  test("F48 an encrypted root is there after a stop and a reload, and nothing of it stands in clear", async ({
    cloud,
  }) => {
    test.setTimeout(240_000);
    await cloud.open();
    const id = await cloud.launchOne(SEALED_ROOT);
    const [volumeId, controlId] = await cloud.page.evaluate(async (instanceId) => {
      const sealed = await tabvisor.volumes.create({ sizeGiB: 1, encrypted: true });
      const control = await tabvisor.volumes.create({ sizeGiB: 1 });
      for (const { id: each } of [sealed, control]) await tabvisor.volumes.attach({ volumeId: each, instanceId });
      return [sealed.id, control.id];
    }, id);
    await cloud.run(id, "mkdir /mnt/sealed /mnt/control; mke2fs -q /dev/vdb >&2; mke2fs -q /dev/vdc >&2");
    await cloud.run(id, "mount /dev/vdb /mnt/sealed; mount /dev/vdc /mnt/control");
    const inRoot = await writeSecret(cloud, id, "/root");
    const inVolume = await writeSecret(cloud, id, "/mnt/sealed");
    const inControl = await writeSecret(cloud, id, "/mnt/control");
    await cloud.page.evaluate((v) => tabvisor.snapshots.create({ volumeId: v }), volumeId as string);

    const search = async () => await cloud.page.evaluate(searchDatabases, [inRoot, inVolume, inControl]);
    const whileRunning = await search();
    // The search can find: what is not encrypted, it does.
    expect(whileRunning[inControl]?.length).toBeGreaterThan(0);
    expect([whileRunning[inRoot], whileRunning[inVolume]]).toEqual([[], []]);

    await cloud.act(id, "stop");
    await cloud.reload();
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await secretIn(cloud, id, "/root", inRoot)).toBe(`${inRoot}\n200000`);
    await cloud.run(id, "mount /dev/vdb /mnt/sealed; mount /dev/vdc /mnt/control");
    expect(await secretIn(cloud, id, "/mnt/sealed", inVolume)).toBe(`${inVolume}\n200000`);
    expect(await secretIn(cloud, id, "/mnt/control", inControl)).toBe(`${inControl}\n200000`);
    await cloud.run(id, "umount /mnt/sealed");
    await cloud.page.evaluate((v) => tabvisor.volumes.detach({ volumeId: v }), volumeId as string);
    expect(await cloud.page.evaluate((v) => tabvisor.volumes.get(v).encrypted, controlId as string)).toBe(false);
    const afterwards = await search();
    expect([afterwards[inRoot], afterwards[inVolume]]).toEqual([[], []]);
  });

  test("F48 with a passphrase, an encrypted instance starts after a reload once it is given", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne(SEALED_ROOT);
    const secret = await writeSecret(cloud, id, "/root");
    await cloud.page.evaluate((text) => tabvisor.encryption.setPassphrase(text), PASSPHRASE);
    await cloud.act(id, "reboot");
    await cloud.ready(id);
    await cloud.act(id, "stop");
    await cloud.reload();
    expect(await cloud.page.evaluate(() => tabvisor.encryption.state)).toEqual({ kind: "passphrase", locked: true });
    expect(await cloud.codeOf(`await tabvisor.instances.get("${id}").start()`)).toBe("Volume.KeyUnavailable");
    expect(await cloud.codeOf(`await tabvisor.encryption.unlock("wrong horse")`)).toBe("InvalidKey.Passphrase");
    await cloud.page.evaluate((text) => tabvisor.encryption.unlock(text), PASSPHRASE);
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await secretIn(cloud, id, "/root", secret)).toBe(`${secret}\n200000`);
    const found = await cloud.page.evaluate(searchDatabases, [secret, PASSPHRASE]);
    expect([found[secret], found[PASSPHRASE]]).toEqual([[], []]);
  });
});
