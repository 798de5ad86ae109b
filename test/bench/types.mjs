import { using } from "./boot.mjs";

/** The least of each, so that the guest is faster than the limit; and gp3 as it comes. */
const VOLUMES = [
  { type: "sc1", sizeGiB: 125 },
  { type: "st1", sizeGiB: 125 },
  { type: "standard", sizeGiB: 1 },
  { type: "io2", sizeGiB: 4, iops: 100 },
  { type: "io2", sizeGiB: 4, iops: 400 },
  { type: "gp3", sizeGiB: 1 },
];
/** Long beside the tenth of a second that a volume may burst. */
const SECONDS = 4;

/**
 * The limits of volume types as a program in the guest feels them: 4 KiB, then 1 MiB at a time, past the guest's cache.
 * It reads what nobody wrote, so that the limit is what it waits for.
 */
export async function benchTypes({ session, add }) {
  await using(session.portal(), async ({ page }) => {
    await page.evaluate(() => globalThis.bench.boot("v1.small"));
    await page.evaluate(() => globalThis.bench.ready());
    for (const volume of VOLUMES) {
      const { iops, throughputMiBps, perSecond, mibPerSecond } = await page.evaluate(readFrom, [volume, SECONDS]);
      // An operation is 256 KiB at most (EBS User Guide, "I/O characteristics"): few of them are a limit on bytes too.
      const fastest = Math.min(throughputMiBps, iops / 4);
      const name = `${volume.type} ${volume.sizeGiB} GiB${volume.iops === undefined ? "" : ` ${volume.iops} IOPS`}`;
      const target = volume.type === "gp3" ? "" : "1 ± 10 %";
      add("types", `${name}: 4 KiB reads beside the limit`, perSecond, iops, "IOPS", { target });
      add("types", `${name}: 1 MiB reads beside the limit`, mibPerSecond, fastest, "MiB/s", { target });
    }
  });
}

async function readFrom([request, seconds]) {
  const { volumes } = globalThis.tabvisor;
  const vm = globalThis.bench.vm();
  const { id, iops, throughputMiBps } = await volumes.create(request);
  const { attachment } = await volumes.attach({ volumeId: id, instanceId: vm.id });
  const read = async (size, count) => {
    const command = `dd if=${attachment.guestDevice} of=/dev/null bs=${size} count=${count} iflag=direct`;
    const began = performance.now();
    const { exitCode, stderr } = await vm.exec(command);
    if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
    return count / ((performance.now() - began) / 1000);
  };
  const perSecond = await read("4k", iops * seconds);
  const mibPerSecond = await read("1M", Math.min(throughputMiBps, iops / 4) * seconds);
  await volumes.detach({ volumeId: id });
  await volumes.delete(id);
  return { iops, throughputMiBps, perSecond, mibPerSecond };
}
