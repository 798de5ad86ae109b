import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, type Portal, test } from "./fixtures.ts";

/** Fills the form of a new volume and sends it. */
async function createVolume(portal: Portal, open: () => Promise<unknown>, name: string, size: string): Promise<void> {
  await open();
  const dialog = portal.page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Size (GiB)").fill(size);
  await dialog.getByRole("button", { name: "Create volume" }).click();
  await expect(dialog).toBeHidden();
}

test.describe("disks in a real cloud", () => {
  test("F39 F40 F42 F49 a volume is made, attached to a running guest, grown, kept in a snapshot and restored", async ({
    portal,
  }) => {
    test.setTimeout(180_000);
    await portal.open();
    const id = await portal.launchByClick();
    await portal.go("#/volumes");
    await createVolume(portal, () => portal.button("Create volume").click(), "data", "1");

    const attach = await portal.chooseFor("data", "Attach…");
    await attach.getByRole("button", { name: /Choose an instance/ }).click();
    await portal.page.getByRole("option").filter({ hasText: id }).click();
    await attach.getByRole("button", { name: "Attach volume" }).click();
    await expect(portal.page.getByText("The guest has it as /dev/vdb.")).toBeVisible();
    await portal.exec(id, "mkdir -p /mnt/data && mkfs.ext2 -q /dev/vdb && mount /dev/vdb /mnt/data");
    await portal.exec(id, "echo kept > /mnt/data/file && sync");

    await portal.chooseFor("data", "Detach");
    await expect(portal.page.getByText("it is mounted on /mnt/data")).toBeVisible();
    // A flash moves the page, and a menu that is open closes then.
    await portal.page.getByRole("button", { name: /^Dismiss: Could not detach/ }).click();
    await portal.page.getByRole("button", { name: /^Dismiss: data/ }).click();
    await expect(portal.page.getByText("it is mounted on /mnt/data")).toBeHidden();

    const modify = await portal.chooseFor("data", "Modify…");
    await modify.getByLabel("Size (GiB)").fill("2");
    await modify.getByLabel("Grow the file system on it too").uncheck({ force: true });
    await modify.getByRole("button", { name: "Modify volume" }).click();
    await expect(modify).toBeHidden();
    await expect(portal.page.getByRole("row").filter({ hasText: "data" })).toContainText("2 GiB");
    expect(await portal.exec(id, "cat /sys/block/vdb/size")).toBe(String(2 * 2 ** 21));

    const snapshot = await portal.chooseFor("data", "Create snapshot…");
    await snapshot.getByLabel("Description").fill("with the file");
    await snapshot.getByRole("button", { name: "Create snapshot" }).click();
    await expect(snapshot).toBeHidden();
    await portal.exec(id, "rm /mnt/data/file && umount /mnt/data");

    await portal.go("#/snapshots");
    await expect(portal.page.getByText("Completed")).toBeVisible();
    await createVolume(portal, () => portal.chooseFor("with the file", "Create volume…"), "restored", "");
    await portal.go("#/volumes");
    const again = await portal.chooseFor("restored", "Attach…");
    await again.getByRole("button", { name: /Choose an instance/ }).click();
    await portal.page.getByRole("option").filter({ hasText: id }).click();
    await again.getByRole("button", { name: "Attach volume" }).click();
    await expect(again).toBeHidden();
    expect(await portal.exec(id, "mount /dev/vdc /mnt/data && cat /mnt/data/file")).toBe("kept");
  });
});

test.describe("disks of a launch", () => {
  test("F43 F44 F45 are named in the form, are in the guest, and stay or go at termination", async ({ portal }) => {
    await portal.open("#/launch");
    await portal.button("Storage").click();
    await portal.page.getByRole("checkbox", { name: "Delete the root volume" }).uncheck({ force: true });
    await portal.button("Add a disk").click();
    await portal.button("Add a disk").click();
    await portal.page.getByLabel("Size (GiB)", { exact: true }).first().fill("");
    await portal.button("Launch").click();
    await expect(portal.page.getByText("Enter a size in GiB.")).toBeVisible();
    await portal.page.getByLabel("Size (GiB)", { exact: true }).first().fill("2");
    await portal.page
      .getByRole("button", { name: /Content.*Blank volume/ })
      .nth(1)
      .click();
    await portal.page.getByRole("option").filter({ hasText: "In memory" }).click();
    await portal.button("Launch").click();
    await portal.prompt();

    const id = /i-[0-9a-f]{17}/.exec(portal.page.url())?.[0] ?? "";
    expect(await portal.exec(id, "cat /sys/block/vdb/size /sys/block/vdc/size")).toBe("4194304\n262144");
    await portal.go("#/volumes");
    await portal.chooseFor("/dev/sdf", "Keep at termination");
    await portal.page.evaluate((instance) => tabvisor.instances.get(instance).terminate(), id);
    const rows = portal.page.getByRole("row").filter({ hasText: "Available" });
    await expect(rows).toHaveCount(2);
  });
});

test.describe("disks from and into files", () => {
  test("F30 a packed disk is imported, and the guest reads every byte of it", async ({ portal }) => {
    const disk = randomBytes(3 * 2 ** 20);
    await portal.open();
    const id = await portal.launchByClick();
    await portal.go("#/snapshots");
    await portal.button("Import a disk").click();
    const dialog = portal.page.getByRole("dialog");
    await dialog
      .locator("input[type=file]")
      .setInputFiles({ name: "disk.img.gz", mimeType: "application/gzip", buffer: gzipSync(disk) });
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(portal.page.getByRole("row").filter({ hasText: "disk.img.gz" })).toContainText("Completed");
    await portal.page.evaluate(async (instanceId) => {
      const [snapshot] = tabvisor.snapshots.list();
      if (snapshot === undefined) throw new Error("there is no snapshot");
      const volume = await tabvisor.volumes.create({ snapshotId: snapshot.id });
      await tabvisor.volumes.attach({ volumeId: volume.id, instanceId });
    }, id);
    const sum = createHash("sha256").update(disk).digest("hex");
    expect(await portal.exec(id, "sha256sum < /dev/vdb")).toContain(sum);
  });

  test("F30 what is no disk is refused in the form, and leaves nothing but its record", async ({ portal }) => {
    await portal.open();
    await portal.go("#/snapshots");
    await portal.button("Import a disk").click();
    const dialog = portal.page.getByRole("dialog");
    const header = Buffer.alloc(65_536);
    header.write("QFI\xfb", "latin1");
    header.writeUInt32BE(9, 4);
    await dialog
      .locator("input[type=file]")
      .setInputFiles({ name: "bad.qcow2", mimeType: "application/octet-stream", buffer: header });
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
    await expect(dialog.getByText(/Image\.(Unsupported|Malformed)/)).toBeVisible();
  });
});

test.describe("the pages of disks over a pretended cloud", () => {
  test("a refusal stays in the form, with its code", async ({ pretended }) => {
    await pretended.open();
    await pretended.launch({ name: "web" });
    await pretended.go("#/volumes");
    await createVolume(pretended, () => pretended.button("Create volume").click(), "data", "4");
    const dialog = await pretended.chooseFor("data", "Modify…");
    await dialog.getByLabel("Size (GiB)").fill("1");
    await dialog.getByRole("button", { name: "Modify volume" }).click();
    await expect(dialog.getByText("InvalidParameterValue")).toBeVisible();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(pretended.page.getByRole("row").filter({ hasText: "data" })).toContainText("4 GiB");
  });

  test("deleting asks first", async ({ pretended }) => {
    await pretended.open();
    await pretended.go("#/volumes");
    await createVolume(pretended, () => pretended.button("Create volume").click(), "data", "4");
    const dialog = await pretended.chooseFor("data", "Delete…");
    await expect(dialog).toContainText("cannot be undone");
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await expect(pretended.page.getByText("There are no volumes.")).toBeVisible();
  });

  test("F33 an own image is launched from, and deregistered", async ({ pretended }) => {
    await pretended.open();
    const [id] = await pretended.launch({ name: "web" });
    await pretended.go(`#/instances/${id}`);
    await pretended.isInState("Running");
    const dialog = await pretended.choose("Create image…");
    await dialog.getByLabel("Image name").fill("mine");
    await dialog.getByRole("button", { name: "Create image" }).click();
    await expect(pretended.page.getByText("The image mine is available")).toBeVisible();
    await pretended.go("#/images");
    await pretended.chooseFor("mine", "Launch instances");
    await expect(pretended.heading("Launch instances")).toBeVisible();
    await expect(pretended.page.getByRole("button", { name: /^Image mine/ })).toBeVisible();
    await pretended.go("#/images");
    const question = await pretended.chooseFor("mine", "Deregister…");
    await question.getByRole("button", { name: "Deregister", exact: true }).click();
    await expect(pretended.page.getByRole("row").filter({ hasText: "mine" })).toBeHidden();
  });
});
