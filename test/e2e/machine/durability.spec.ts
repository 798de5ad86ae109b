import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./fixtures.ts";

/** Writes numbered files, each fsynced, and tells its progress on stdout as each fsync has returned. */
const WRITER = `
mkdir -p /root/files; cd /root/files
i=0
while :; do
  i=$((i+1))
  { echo "file $i"; head -c 20000 /dev/urandom | md5sum; seq $i $((i+500)); } > f$i
  md5sum f$i > f$i.sum
  sync f$i f$i.sum
  echo $i
done`;

test.describe("durability", () => {
  for (const round of [1, 2]) {
    test(`F46 a page that goes away during heavy writes loses no fsynced file (${round})`, async ({ cloud }) => {
      await cloud.open();
      const id = await cloud.launchOne();
      await cloud.page.evaluate(
        ([instance, script]) => {
          const state = globalThis as unknown as { synced: number };
          state.synced = 0;
          const decoder = new TextDecoder();
          const onStdout = (chunk: Uint8Array) => {
            for (const line of decoder.decode(chunk, { stream: true }).split("\n"))
              if (/^\d+$/.test(line)) state.synced = Number(line);
          };
          // Never ends by itself: the page goes away under it.
          tabvisor.instances
            .get(instance)
            .exec(script, { onStdout })
            .catch(() => {});
        },
        [id, WRITER] as const,
      );
      const synced = () => cloud.page.evaluate(() => (globalThis as unknown as { synced: number }).synced);
      await expect.poll(synced, { timeout: 60_000 }).toBeGreaterThan(10 * round);
      const acknowledged = await synced();
      await cloud.reload();
      expect((await cloud.facts(id)).state).toBe("stopped");

      const folder = mkdtempSync(join(tmpdir(), "tabvisor-disk-"));
      try {
        const disk = join(folder, "disk.img");
        const root = await cloud.page.evaluate((instance) => tabvisor.instances.get(instance).rootVolumeId, id);
        await cloud.exportVolume(root, disk);
        // What a mount does first: replays the journal. Then nothing may be wrong with it.
        spawnSync("e2fsck", ["-fy", "-E", "journal_only", disk]);
        const check = spawnSync("e2fsck", ["-fn", disk], { encoding: "utf8" });
        expect(check.status, check.stdout + check.stderr).toBe(0);
        execFileSync("debugfs", ["-R", `dump /root/files/f${acknowledged} ${join(folder, "file")}`, disk], {
          stdio: "ignore",
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      await cloud.act(id, "start");
      await cloud.ready(id);
      const script = `cd /root/files; n=0; for i in $(seq 1 ${acknowledged}); do md5sum -c -s f$i.sum && n=$((n+1)); done; echo $n`;
      expect(Number(await cloud.run(id, script))).toBe(acknowledged);
    });
  }
});
