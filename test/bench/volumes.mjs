import { using } from "./boot.mjs";
import { median } from "./stats.mjs";

/** Blocks of 64 KiB that the volume holds in its head when the snapshot is taken. */
const BLOCKS = 20_000;
const SNAPSHOTS = 5;
const INSTANCES = 10;

/** Volumes: what a snapshot costs the guest, a volume made from it, and what instances of one image take. */
export async function benchVolumes({ session, add }) {
  await using(session.portal(), async ({ page }) => {
    await page.evaluate(() => globalThis.bench.boot("v1.small"));
    await page.evaluate(() => globalThis.bench.ready());
    const { stalls, calls, creations } = await page.evaluate(snapshotWhileWriting, [BLOCKS, SNAPSHOTS]);
    const what = `snapshot of a 4 GiB volume, ${BLOCKS} blocks`;
    add("volumes", `${what}: stall of a writer`, Math.max(...stalls), null, "ms", { target: "< 50 ms" });
    add("volumes", "  the call", median(calls), null, "ms");
    add("volumes", "  a volume from it", median(creations), null, "ms", { target: "< 20 ms" });
  });
  await using(session.portal(), async ({ page }) => {
    const { each, all } = await page.evaluate(instancesOfOneImage, INSTANCES);
    add("volumes", `${INSTANCES} instances: stored, in all`, all / 2 ** 20, null, "MiB");
    add("volumes", "  stored by each: the most", each / 2 ** 20, null, "MiB");
  });
}

/** Fills a volume, then takes snapshots while the guest writes and syncs 4 KiB at a time; times in ms. */
async function snapshotWhileWriting([blocks, snapshots]) {
  const { tabvisor } = globalThis;
  const vm = globalThis.bench.vm();
  const volume = await tabvisor.volumes.create({ sizeGiB: 4 });
  const attached = await tabvisor.volumes.attach({ volumeId: volume.id, instanceId: vm.id });
  const device = attached.attachment.guestDevice;
  const fill = `yes tabvisor | dd of=${device} bs=64k count=${blocks} iflag=fullblock conv=fsync`;
  const { exitCode, stderr } = await vm.exec(fill);
  if (exitCode !== 0) throw new Error(stderr);
  const acknowledged = [];
  const writer = new AbortController();
  const writing = vm.exec(
    `i=0; while :; do dd if=/dev/zero of=${device} bs=4k count=1 seek=$((i % 1000)) conv=notrunc,fsync 2>/dev/null; i=$((i+1)); echo $i; done`,
    { onStdout: () => void acknowledged.push(performance.now()), signal: writer.signal },
  );
  writing.catch(() => {});
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const [stalls, calls, creations] = [[], [], []];
  await sleep(2000);
  for (let i = 0; i < snapshots; i++) {
    const began = performance.now();
    const { id } = await tabvisor.snapshots.create({ volumeId: volume.id });
    const ended = performance.now();
    calls.push(ended - began);
    await tabvisor.volumes.create({ snapshotId: id });
    creations.push(performance.now() - ended);
    await sleep(500);
    const gaps = acknowledged.slice(1).map((at, k) => ({ from: acknowledged[k], to: at }));
    const usual = gaps.map(({ from, to }) => to - from).sort((a, b) => a - b)[gaps.length >> 1];
    const meanwhile = gaps.filter(({ from, to }) => to > began && from < ended).map(({ from, to }) => to - from);
    stalls.push(Math.max(0, ...meanwhile) - usual);
  }
  writer.abort();
  return { stalls, calls, creations };
}

/** Launches instances, has each write 1 MiB of its own; what their volumes take. */
async function instancesOfOneImage(count) {
  const { tabvisor } = globalThis;
  const vms = await tabvisor.instances.launch({ image: "tiny", type: "v1.micro", count });
  for (const vm of vms) await vm.ready();
  for (const vm of vms) await vm.exec("head -c 1048576 /dev/urandom > /root/own; sync");
  const stored = await Promise.all(vms.map((vm) => tabvisor.volumes.storedBytes(vm.rootVolumeId)));
  return { each: Math.max(...stored), all: stored.reduce((sum, bytes) => sum + bytes, 0) };
}
