import { using } from "./boot.mjs";

const MIB = 2 ** 20;
const BYTES = 24 * MIB;
const SMALL_WRITES = 200;

// Random data: zeros would take no space in our volume, and compress to nothing in IndexedDB.
const PREPARE = "dd if=/dev/urandom of=/tmp/random bs=1M count=24 2>/dev/null";
const WRITE = "dd if=/tmp/random of=bench.bin bs=1M count=24 conv=fsync 2>/dev/null";
const READ = "dd if=bench.bin of=/dev/null bs=1M 2>/dev/null";
const DROP = "sync; echo 3 | sudo tee /proc/sys/vm/drop_caches >/dev/null";
const SMALL = `i=0; while [ $i -lt ${SMALL_WRITES} ]; do dd if=/dev/zero of=small.bin bs=4k count=1 seek=$i conv=notrunc,fsync 2>/dev/null; i=$((i+1)); done`;

// The disk alone, without the guest's page cache and file system: each copies every byte once more, on an emulated processor.
const RAW_BYTES = 96 * MIB;
const RAW_PREPARE = "dd if=/dev/urandom of=/tmp/raw bs=1M count=96 2>/dev/null";
const RAW_WRITE = "sudo dd if=/tmp/raw of=/dev/vdb bs=1M oflag=direct conv=fsync 2>/dev/null";
const RAW_READ = "sudo dd if=/dev/vdb of=/dev/null bs=1M count=96 iflag=direct 2>/dev/null";

/** The disk: writes with fsync and cold reads, beside stock v86's IDE disk and beside IndexedDB itself. */
export async function benchDisk({ session, referenceBoot, add }) {
  const ours = await using(session.portal(), async ({ page }) => {
    const run = async (command) => (await page.evaluate((text) => globalThis.bench.run(text), command)).ms;
    await page.evaluate(() => globalThis.bench.boot("v1.small"));
    await page.evaluate(() => globalThis.bench.ready());
    await run(PREPARE);
    const first = await run(WRITE);
    const write = await run(WRITE);
    const small = await run(SMALL);
    // A new worker and a new guest: nothing of the file is in any cache of ours.
    await page.evaluate(() => globalThis.bench.restart());
    const read = await run(READ);
    return { first, write, small, read, plain: await page.evaluate(plainIndexedDb, BYTES) };
  });
  const raw = await using(session.portal(), async ({ page }) => {
    const run = async (command) => (await page.evaluate((text) => globalThis.bench.run(text), command)).ms;
    await page.evaluate(() => globalThis.bench.boot("v1.small"));
    await page.evaluate(() => globalThis.bench.ready());
    await page.evaluate(attachFastVolume);
    await run(RAW_PREPARE);
    await run(RAW_WRITE);
    const write = await run(RAW_WRITE);
    await page.evaluate(() => globalThis.bench.restart());
    const read = await run(RAW_READ);
    return { write, read, plain: await page.evaluate(plainIndexedDb, RAW_BYTES) };
  });
  const reference = await using(session.reference(), async ({ page }) => {
    const run = async (command) => (await page.evaluate((text) => globalThis.reference.run(text), command)).ms;
    await page.evaluate((spec) => globalThis.reference.boot(spec), referenceBoot(256));
    await run(PREPARE);
    const first = await run(WRITE);
    const write = await run(WRITE);
    const small = await run(SMALL);
    await run(DROP);
    return { first, write, small, read: await run(READ) };
  });
  const rate = (ms) => BYTES / MIB / (ms / 1000);
  const speedUp = (mine, theirs) => ({ ratio: theirs / mine });
  add("disk", "24 MiB write + fsync, first", rate(ours.first), rate(reference.first), "MiB/s");
  add("disk", "24 MiB write + fsync, again", rate(ours.write), rate(reference.write), "MiB/s");
  add("disk", "  of plain IndexedDB put", rate(ours.write), rate(ours.plain.putMs), "MiB/s");
  add("disk", "24 MiB read, cold caches", rate(ours.read), rate(reference.read), "MiB/s");
  add("disk", "  of plain IndexedDB get", rate(ours.read), rate(ours.plain.getMs), "MiB/s");
  const rawRate = (ms) => RAW_BYTES / MIB / (ms / 1000);
  const share = { target: ">= 0.6" };
  add(
    "disk",
    "96 MiB write + fsync, O_DIRECT, beside put",
    rawRate(raw.write),
    rawRate(raw.plain.putMs),
    "MiB/s",
    share,
  );
  add("disk", "96 MiB cold read, O_DIRECT, beside get", rawRate(raw.read), rawRate(raw.plain.getMs), "MiB/s", share);
  const perSecond = (ms) => SMALL_WRITES / (ms / 1000);
  add(
    "disk",
    "4 KiB write + fsync (a dd each)",
    perSecond(ours.small),
    perSecond(reference.small),
    "1/s",
    speedUp(ours.small, reference.small),
  );
  add("disk", "  plain IndexedDB: strict commits of 64 KiB", ours.plain.commitsPerSecond, null, "1/s");
}

/** As fast as EBS sells a gp3, so that what is measured is not its limit. */
async function attachFastVolume() {
  const { volumes } = globalThis.tabvisor;
  const { id } = await volumes.create({ sizeGiB: 40, type: "gp3", iops: 16_000, throughputMiBps: 1000 });
  await volumes.attach({ volumeId: id, instanceId: globalThis.bench.vm().id, device: "/dev/sdf" });
}

/** The limit: the same bytes put into and read from IndexedDB, in the blocks and transactions that the disk uses. */
async function plainIndexedDb(bytes) {
  const BLOCK = 65_536;
  const request = (r) =>
    new Promise((resolve, reject) => {
      r.onsuccess = () => resolve(r.result);
      r.onerror = () => reject(r.error);
    });
  const opening = indexedDB.open("bench-plain", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("blocks");
  const db = await request(opening);
  const random = () => {
    const data = new Uint8Array(BLOCK);
    crypto.getRandomValues(data);
    return data;
  };
  const put = async (from, count) => {
    const transaction = db.transaction("blocks", "readwrite", { durability: "strict" });
    for (let i = from; i < from + count; i++) transaction.objectStore("blocks").put(random(), ["block", "layer", i]);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  };
  const blocks = bytes / BLOCK;
  await put(0, blocks);
  let began = performance.now();
  await put(0, blocks);
  const putMs = performance.now() - began;
  began = performance.now();
  const store = db.transaction("blocks").objectStore("blocks");
  await Promise.all(Array.from({ length: blocks }, (_, i) => request(store.get(["block", "layer", i]))));
  const getMs = performance.now() - began;
  began = performance.now();
  const COMMITS = 100;
  for (let i = 0; i < COMMITS; i++) await put(i, 1);
  const commitsPerSecond = COMMITS / ((performance.now() - began) / 1000);
  db.close();
  indexedDB.deleteDatabase("bench-plain");
  return { putMs, getMs, commitsPerSecond };
}
