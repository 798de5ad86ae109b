// The page's side of `operation-kill.mjs`: what the kills are aimed at. Each operation makes what it needs, runs, and is
// looked at by the next page, which knows only what this one told: `plan`, and whether it was acknowledged.
import { compareDisk, diskImage } from "./disk-content.mjs";
import { cloud, instance, run, withDevice } from "./machine-page.mjs";

/** 32 MiB: imported, exported or merged in half a second or so. */
const BLOCKS = 512;
/** The guest copies so many blocks of the upper half to the beginning, so that there is something above the snapshot. */
const COPIED = 128;
const HALF = BLOCKS / 2;
/** A layer that takes several steps to remove: one block in each of so many pages of its map. */
const PAGES = 32;
const PAGE_BLOCKS = 1024;
const COLLECTION_LOCK = "tabvisor-collection tabvisor-default";

const GIB = 2 ** 30;

const imported = (stamp) => Array.from({ length: BLOCKS }, (_, block) => [stamp, block]);
const afterCopy = (content) => content.map((block, i) => (i < COPIED ? content[HALF + i] : block));

const importDisk = async (stamp, name) =>
  (await cloud().snapshots.import({ source: diskImage(stamp, BLOCKS), name })).id;
const volumeFrom = async (snapshotId, size = {}) => (await cloud().volumes.create({ snapshotId, ...size })).id;
const copyInGuest = (volumeId) =>
  withDevice(volumeId, (device) =>
    run(`dd if=${device} of=${device} bs=64k skip=${HALF} count=${COPIED} conv=notrunc,fsync 2>/dev/null`),
  );

/** A volume from a new snapshot, with blocks of its own above it. */
async function copiedVolume(stamp, name) {
  const snapshotId = await importDisk(stamp, name);
  const volumeId = await volumeFrom(snapshotId);
  await copyInGuest(volumeId);
  return { stamp, snapshotId, volumeId };
}

const findSnapshot = (id) =>
  cloud()
    .snapshots.list()
    .find((snapshot) => snapshot.id === id);
const findVolume = (id) =>
  cloud()
    .volumes.list()
    .find((volume) => volume.id === id);
const named = (name) =>
  cloud()
    .snapshots.list()
    .find((snapshot) => snapshot.name === name);

async function deleteAll({ volumeIds = [], snapshotIds = [] }) {
  for (const id of volumeIds) if (findVolume(id)) await cloud().volumes.delete(id);
  for (const id of snapshotIds) if (findSnapshot(id)) await cloud().snapshots.delete(id);
}

async function compareVolume(volumeId, candidates) {
  if (cloud().volumes.get(volumeId).attachment !== null) await cloud().volumes.detach({ volumeId });
  return await compareDisk(await cloud().volumes.export(volumeId), candidates);
}
const compareSnapshot = async (snapshotId, candidates) =>
  await compareDisk(await cloud().snapshots.export(snapshotId), candidates);

function expect(condition, text) {
  if (!condition) throw new Error(text);
}

const collecting = async () => (await navigator.locks.query()).held.some(({ name }) => name === COLLECTION_LOCK);
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Tells when a collection has begun, and comes back when there is nothing more to collect. */
async function collection(begun, isDone) {
  while (!(await collecting())) await pause();
  await begun();
  while ((await collecting()) || !(await isDone())) await pause();
}

/**
 * `prepare({ name, stamp, odd })` gives the plan, `run(plan, begun)` does it; `begun` is called by those that wait for
 * their beginning. `check(plan, acknowledged)` throws what is wrong, gives the blocks compared, and deletes what is left.
 */
const OPERATIONS = {
  /** Of the root volume while the guest writes; every other one with its file systems frozen. What is in it, the test looks at. */
  snapshot: {
    prepare: async ({ odd }) => ({ freeze: odd }),
    async run({ name, freeze }) {
      await cloud().snapshots.create({ volumeId: instance().rootVolumeId, name, freeze });
    },
    async check({ name }, acknowledged) {
      const taken = named(name);
      expect(!acknowledged || taken?.state === "completed", `the snapshot is ${taken?.state ?? "missing"}`);
      return { blocks: 0 };
    },
  },

  /** 32 MiB of a deleted snapshot go into the layer of the one above. */
  merge: {
    async prepare({ name, stamp }) {
      const disk = await copiedVolume(stamp, name);
      const { id: upper } = await cloud().snapshots.create({ volumeId: disk.volumeId });
      return { ...disk, upper };
    },
    async run({ snapshotId, volumeId }, begun) {
      await cloud().snapshots.delete(snapshotId);
      const isMerged = async () => (await cloud().volumes.chain(volumeId)).layers.length === 2;
      await collection(begun, isMerged);
    },
    async check({ stamp, snapshotId, volumeId, upper }) {
      expect(findSnapshot(snapshotId) === undefined, "the deleted snapshot is back");
      const { layers } = await cloud().volumes.chain(volumeId);
      expect(layers.length === 2, `${layers.length} layers instead of 2`);
      const content = [afterCopy(imported(stamp))];
      const ofVolume = await compareVolume(volumeId, content);
      const ofSnapshot = await compareSnapshot(upper, content);
      await deleteAll({ volumeIds: [volumeId], snapshotIds: [upper] });
      return { blocks: ofVolume.blocks + ofSnapshot.blocks };
    },
  },

  /** A layer that nothing stands on is removed, page by page. */
  collect: {
    async prepare() {
      const { id } = await cloud().volumes.create({ sizeGiB: (PAGES * 64) / 1024 });
      await withDevice(id, (device) =>
        run(
          `head -c 65536 /dev/urandom > /tmp/block; i=0; while [ $i -lt ${PAGES} ]; do dd if=/tmp/block of=${device} bs=64k seek=$((i * ${PAGE_BLOCKS})) conv=notrunc 2>/dev/null; i=$((i+1)); done; sync`,
        ),
      );
      const snapshot = await cloud().snapshots.create({ volumeId: id });
      await cloud().volumes.delete(id);
      return { snapshotId: snapshot.id };
    },
    async run({ snapshotId }, begun) {
      await cloud().snapshots.delete(snapshotId);
      await collection(begun, async () => (await cloud().storage.usage()).garbageBytes === 0);
    },
    async check({ snapshotId }) {
      expect(findSnapshot(snapshotId) === undefined, "the deleted snapshot is back");
      return { blocks: 0 };
    },
  },

  /** Attached to the guest that runs, every other time detached. */
  resize: {
    async prepare({ name, stamp, odd }) {
      const snapshotId = await importDisk(stamp, name);
      const volumeId = await volumeFrom(snapshotId, { sizeGiB: 1 });
      if (!odd) await cloud().volumes.attach({ volumeId, instanceId: instance().id });
      return { stamp, snapshotId, volumeId };
    },
    async run({ volumeId }) {
      await cloud().volumes.modify({ volumeId, sizeGiB: 2 });
    },
    async check({ stamp, snapshotId, volumeId }, acknowledged) {
      const { sizeBytes, modification } = cloud().volumes.get(volumeId);
      expect(sizeBytes === 2 * GIB || (sizeBytes === GIB && !acknowledged), `the volume has ${sizeBytes} bytes`);
      expect(modification === null || modification.state === "completed", `the modification ${modification?.state}`);
      const { blocks } = await compareVolume(volumeId, [imported(stamp)]);
      await deleteAll({ volumeIds: [volumeId], snapshotIds: [snapshotId] });
      return { blocks };
    },
  },

  import: {
    prepare: async ({ stamp }) => ({ stamp }),
    async run({ name, stamp }) {
      await importDisk(stamp, name);
    },
    async check({ name, stamp }, acknowledged) {
      const made = named(name);
      const isDone = made?.state === "completed";
      expect(isDone || (!acknowledged && made?.state !== "pending"), `the snapshot is ${made?.state ?? "missing"}`);
      const { blocks } = isDone ? await compareSnapshot(made.id, [imported(stamp)]) : { blocks: 0 };
      await deleteAll({ snapshotIds: made === undefined ? [] : [made.id] });
      return { blocks };
    },
  },

  export: {
    prepare: ({ name, stamp }) => copiedVolume(stamp, name),
    async run({ volumeId, stamp }) {
      await compareVolume(volumeId, [afterCopy(imported(stamp))]);
    },
    async check({ stamp, snapshotId, volumeId }) {
      const { blocks } = await compareVolume(volumeId, [afterCopy(imported(stamp))]);
      await deleteAll({ volumeIds: [volumeId], snapshotIds: [snapshotId] });
      return { blocks };
    },
  },

  /** A volume with 8 MiB of its own; its snapshot stays whole. */
  delete: {
    prepare: ({ name, stamp }) => copiedVolume(stamp, name),
    async run({ volumeId }) {
      await cloud().volumes.delete(volumeId);
    },
    async check({ stamp, snapshotId, volumeId }, acknowledged) {
      expect(!acknowledged || findVolume(volumeId) === undefined, "the deleted volume is back");
      const left = findVolume(volumeId) && (await compareVolume(volumeId, [afterCopy(imported(stamp))]));
      const { blocks } = await compareSnapshot(snapshotId, [imported(stamp)]);
      await deleteAll({ volumeIds: [volumeId], snapshotIds: [snapshotId] });
      return { blocks: blocks + (left?.blocks ?? 0) };
    },
  },

  rollback: {
    prepare: ({ name, stamp }) => copiedVolume(stamp, name),
    async run({ volumeId, snapshotId }) {
      await cloud().volumes.rollback({ volumeId, snapshotId });
    },
    async check({ stamp, snapshotId, volumeId }, acknowledged) {
      const candidates = [imported(stamp), ...(acknowledged ? [] : [afterCopy(imported(stamp))])];
      const { blocks } = await compareVolume(volumeId, candidates);
      await deleteAll({ volumeIds: [volumeId], snapshotIds: [snapshotId] });
      return { blocks };
    },
  },
};

const BEGIN_THEMSELVES = new Set(["merge", "collect"]);

/** What the test's process asks of the page by name. */
export const operations = {
  /** Gives the plan; everything that `run` needs is there then. */
  async prepare(operation, options) {
    return { operation, name: options.name, ...(await OPERATIONS[operation].prepare(options)) };
  },

  /** Tells the test's process `begun()`, and `done(ms)` when it is acknowledged. */
  async perform(plan) {
    let began = 0;
    const begun = async () => {
      await globalThis.begun();
      began = performance.now();
    };
    if (!BEGIN_THEMSELVES.has(plan.operation)) await begun();
    await OPERATIONS[plan.operation].run(plan, begun);
    await globalThis.done(performance.now() - began);
  },

  checkOperation: (plan, acknowledged) => OPERATIONS[plan.operation].check(plan, acknowledged),

  /** The id of a completed snapshot by its name. */
  snapshotNamed(name) {
    const found = named(name);
    return found?.state === "completed" ? found.id : null;
  },

  async deleteSnapshot(snapshotId) {
    await cloud().snapshots.delete(snapshotId);
  },
};
