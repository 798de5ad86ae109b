import { bootDisk, bootIso } from "../../support/boot-disk.ts";
import { type CloudPage, expect, test } from "./fixtures.ts";

/** Imports a disk's bytes as a file, registers what it is, launches it; gives the instance's id. */
async function launchDisk(cloud: CloudPage, bytes: Uint8Array, request: object = {}): Promise<string> {
  return await cloud.page.evaluate(
    async ([base64, wanted]) => {
      const file = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]);
      const { id: snapshotId } = await tabvisor.snapshots.import({ source: file });
      const image = await tabvisor.images.register({ name: `image of ${snapshotId}`, snapshotId });
      if (image.bootMode !== "legacy-bios") throw new Error(`it boots by ${image.bootMode}`);
      const [vm] = await tabvisor.instances.launch({ image: image.id, type: "v1.nano", ...wanted });
      await vm?.waitUntil("running");
      return vm?.id ?? "";
    },
    [Buffer.from(bytes).toString("base64"), request] as const,
  );
}

/** Resolves when the console's output, since the machine was started, matches. */
async function shows(cloud: CloudPage, id: string, pattern: RegExp): Promise<void> {
  await expect.poll(() => cloud.consoleText(id), { timeout: 60_000 }).toMatch(pattern);
}

test.describe("M13 M14 M15 what boots by its own boot loader", () => {
  test("F30 F15 F17 a disk boots, reboots, and finds what it wrote after a stop and after a reload", async ({
    cloud,
  }) => {
    await cloud.open();
    const id = await launchDisk(cloud, bootDisk({ message: "hello from the disk\r\n" }));
    await shows(cloud, id, /Booting from Hard Disk[\s\S]*hello from the disk[\s\S]*boot a[\s\S]*ready/);
    expect(await cloud.facts(id)).toMatchObject({ state: "running", status: "ok" });
    expect(await cloud.codeOf(`await tabvisor.instances.get("${id}").ready()`)).toBe("Agent.Unavailable");
    await cloud.type(id, "q");
    await shows(cloud, id, /key q/);
    await cloud.act(id, "reboot");
    await shows(cloud, id, /boot b[\s\S]*ready/);
    await cloud.act(id, "stop");
    await cloud.act(id, "start");
    await shows(cloud, id, /boot c[\s\S]*ready/);
    // What INT 13h wrote is durable when it is done: the page needs no warning.
    await cloud.reload();
    expect(await cloud.facts(id)).toMatchObject({ state: "stopped", reason: "Server.PageClosed" });
    await cloud.act(id, "start");
    await shows(cloud, id, /boot d[\s\S]*ready/);
    await cloud.type(id, "p");
    await cloud.waitUntil(id, "stopped");
    expect(await cloud.facts(id)).toMatchObject({ reason: "Client.InstanceInitiatedShutdown" });
  });

  test("F37 a CD boots beside a blank root volume", async ({ cloud }) => {
    await cloud.open();
    const id = await launchDisk(cloud, bootIso({ message: "hello from the CD\r\n", serial: true }));
    // What the BIOS says before may be gone from the screen before it is painted, 20 times a second at most.
    await shows(cloud, id, /hello from the CD\r\nready/);
    const volumes = await cloud.page.evaluate(
      (instance) =>
        tabvisor.volumes
          .list()
          .filter(({ instanceId }) => instanceId === instance)
          .map(({ id: volumeId, attachment }) => [attachment?.device, volumeId] as const),
      id,
    );
    expect(volumes.map(([device]) => device).sort()).toEqual(["/dev/sr0", "/dev/vda"]);
    const volumeId = volumes.find(([device]) => device === "/dev/sr0")?.[1];
    expect(await cloud.codeOf(`await tabvisor.volumes.detach({ volumeId: "${volumeId}" })`)).toBe(
      "OperationNotPermitted",
    );
    await cloud.act(id, "stop");
    await cloud.page.evaluate((v) => tabvisor.volumes.detach({ volumeId: v ?? "" }), volumeId);
    await cloud.act(id, "start");
    await shows(cloud, id, /No bootable device\./);
    await expect.poll(async () => (await cloud.facts(id)).status).toBe("impaired");
    expect((await cloud.facts(id)).statusReason?.code).toBe("Client.NoBootableDevice");
    await cloud.act(id, "terminate");
  });

  test("a CD that no BIOS can boot is refused", async ({ cloud }) => {
    await cloud.open();
    await expect(launchDisk(cloud, bootIso({ message: "" }, { bootable: false }))).rejects.toThrow(
      /boot record for a BIOS/,
    );
  });
});
