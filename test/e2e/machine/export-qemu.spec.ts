import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./fixtures.ts";

/** QEMU without hardware support, on a machine that has much else to do. */
const BOOT_MS = 300_000;
const KERNEL = join(import.meta.dirname, "..", "..", "..", "images", "tiny", "dist", "bzImage");
/** The console is QEMU's serial port. */
const COMMAND_LINE = "console=ttyS0 root=/dev/vda rootfstype=ext4 rw panic=-1";

test.describe("exports boot in QEMU, with the same kernel", () => {
  test.skip(process.env.TABVISOR_FULL !== "1", "needs QEMU: npm run test:full");
  test.setTimeout(900_000);

  test("F49 a guest's root volume, as raw and as qcow2, comes up with the file that the guest wrote", async ({
    cloud,
  }) => {
    await cloud.open();
    const id = await cloud.launchOne({ type: "v1.micro" });
    const words = `written in tabvisor ${Date.now()}`;
    await cloud.run(id, `echo "${words}" > /home/ec2-user/note; sync /home/ec2-user/note`);
    await cloud.act(id, "stop");
    const volumeId = await cloud.page.evaluate((instance) => tabvisor.instances.get(instance).rootVolumeId, id);
    const folder = mkdtempSync(join(tmpdir(), "tabvisor-qemu-"));
    try {
      for (const format of ["raw", "qcow2"] as const) {
        const disk = join(folder, `disk.${format}`);
        await cloud.exportVolume(volumeId, disk, format);
        const qemu = startQemu(disk, format);
        try {
          // The kernel may print below the prompt.
          await expect.poll(qemu.output, { timeout: BOOT_MS }).toMatch(/ec2-user@\S+\$ /);
          qemu.process.stdin.write("cat ~/note\n");
          await expect.poll(qemu.output, { timeout: BOOT_MS }).toContain(`${words}\r\n`);
        } finally {
          qemu.process.kill("SIGKILL");
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function startQemu(disk: string, format: string): { process: ChildProcessWithoutNullStreams; output: () => string } {
  const process = spawn("qemu-system-i386", [
    ...["-m", "128", "-nographic", "-no-reboot", "-nic", "none", "-accel", "tcg"],
    ...["-kernel", KERNEL, "-append", COMMAND_LINE],
    ...["-drive", `file=${disk},format=${format},if=virtio`],
  ]);
  let text = "";
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      text += bytes.toString();
    });
  }
  return { process, output: () => text };
}
