import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDebianCd } from "../../disks/debian-cd.ts";
import { makeGrubDisk } from "../../disks/grub-disk.ts";
import { bootDisk } from "../../support/boot-disk.ts";
import { type CloudPage, expect, test } from "./fixtures.ts";

/** Debian's kernel takes minutes on a machine that has much else to do. */
const BOOT_MS = 300_000;
const TEST_MS = 900_000;
const DOWN = "\x1b[B";
const ENTER = "\r";

async function shows(cloud: CloudPage, id: string, pattern: RegExp): Promise<void> {
  await expect.poll(() => cloud.consoleText(id), { timeout: BOOT_MS }).toMatch(pattern);
}

/** Has the host serve a disk's file, imports it by its URL, registers it as what it shows to be, launches it. */
async function launchFile(cloud: CloudPage, path: string): Promise<string> {
  cloud.host.added.set("disk.img", readFileSync(path));
  return await cloud.page.evaluate(async () => {
    const { id: snapshotId } = await tabvisor.snapshots.import({ source: new URL("disk.img", location.href).href });
    const image = await tabvisor.images.register({ name: "imported", snapshotId });
    const [vm] = await tabvisor.instances.launch({ image: image.id, type: "v1.small" });
    await vm?.waitUntil("running");
    return vm?.id ?? "";
  });
}

test.describe("M13 M14 real boot loaders", () => {
  test.skip(process.env.TABVISOR_FULL !== "1", "makes disks with Debian's boot loaders: npm run test:full");
  test.setTimeout(TEST_MS);
  let folder = "";

  test.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tabvisor-boot-"));
  });
  test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("F30 a partitioned disk with GRUB shows its menu, takes keys, and boots to a login", async ({ cloud }) => {
    const path = join(folder, "grub.img");
    makeGrubDisk(folder, path);
    await cloud.open();
    const id = await launchFile(cloud, path);
    await shows(cloud, id, /GNU GRUB[\s\S]*Tabvisor's tiny Linux/);
    await cloud.type(id, DOWN);
    await cloud.type(id, ENTER);
    await shows(cloud, id, /GNU GRUB[\s\S]*ec2-user@[\s\S]*[$#] $/);
    // The image of this disk is not known to have an agent; whoever knows better may wait for it.
    await cloud.page.evaluate((instance) => tabvisor.instances.get(instance).ready({ timeoutMs: 300_000 }), id);
    expect(await cloud.run(id, "cat /proc/cmdline; ls -d /sys/block/vda/vda1")).toMatch(
      /root=\/dev\/vda1 [\s\S]*vda1$/,
    );
    await cloud.run(id, "echo kept > /root/note; sync /root/note");
    await cloud.act(id, "reboot");
    await shows(cloud, id, /ec2-user@[\s\S]*GNU GRUB[\s\S]*Tabvisor's tiny Linux/);
    await cloud.type(id, DOWN);
    await cloud.type(id, ENTER);
    await cloud.page.evaluate((instance) => tabvisor.instances.get(instance).ready({ timeoutMs: 300_000 }), id);
    expect(await cloud.run(id, "cat /root/note")).toBe("kept");
  });

  test("F30 M15 Debian's kernel boots from a CD to a login on the screen, and installs a disk", async ({ cloud }) => {
    const path = join(folder, "cd.iso");
    makeDebianCd(folder, path, bootDisk({ message: "installed from the CD\r\n" }));
    await cloud.open();
    const id = await launchFile(cloud, path);
    await shows(cloud, id, /ISOLINUX[\s\S]*Welcome to the CD[\s\S]*boot:/);
    await cloud.type(id, `rescue${ENTER}`);
    await shows(cloud, id, /Rescue system[\s\S]*login:/);
    await cloud.type(id, `root${ENTER}`);
    // What has not changed is not painted again: words stand in one piece only where there was nothing before.
    await shows(cloud, id, /login:[\s\S]*BusyBox[\s\S]*built-in commands[\s\S]*#/);
    await cloud.type(id, `dd if=/cd/install.img of=/dev/vda conv=fsync && echo "done: $?"${ENTER}`);
    await shows(cloud, id, /done: 0/);
    await cloud.type(id, `reboot -f${ENTER}`);
    // The disk comes first: its boot loader is there now.
    await shows(cloud, id, /installed from the CD[\s\S]*boot a[\s\S]*ready/);
  });
});
