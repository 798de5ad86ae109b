// The page's side of `guest-kill.mjs`: what goes on around the guest that writes, until the browser is killed.
import { cloud, instance, launch, machine, run, withDevice, writeRecords } from "./machine-page.mjs";

let newest = 0;

const ACTIONS = {
  async snapshot() {
    const holds = newest;
    const { id } = await cloud().snapshots.create({ volumeId: instance().rootVolumeId });
    await globalThis.snapshotDone(id, holds);
  },
  async freeze() {
    const holds = newest;
    const { id } = await cloud().snapshots.create({ volumeId: instance().rootVolumeId, freeze: true });
    await globalThis.snapshotDone(id, holds);
  },
  async deleteSnapshot(random) {
    const all = cloud().snapshots.list();
    const chosen = all[Math.floor(random() * all.length)];
    if (chosen === undefined) return;
    await globalThis.snapshotGone(chosen.id);
    await cloud().snapshots.delete(chosen.id);
  },
  async volume() {
    const { id } = await cloud().volumes.create({ sizeGiB: 1 });
    await withDevice(id, async (device) => {
      await run(`dd if=/dev/urandom of=${device} bs=64k count=16 conv=fsync 2>/dev/null`);
      await cloud().volumes.modify({ volumeId: id, sizeGiB: 2 });
    });
    const { id: snapshotId } = await cloud().snapshots.create({ volumeId: id });
    await cloud().volumes.rollback({ volumeId: id, snapshotId });
    await cloud().snapshots.delete(snapshotId);
    await cloud().volumes.delete(id);
  },
  async heavy() {
    await run("head -c 4000000 /dev/urandom > /root/heavy; sync /root/heavy");
  },
};

globalThis.killTest = {
  ...machine,

  /** Writes records after number `from`; meanwhile acts as `dice`, numbers in [0, 1), fall. Never ends by itself. */
  async run(from, dice) {
    if (instance() === undefined) await launch();
    newest = from;
    const writing = writeRecords(from, (number, sum) => {
      newest = number;
      void globalThis.acknowledge(number, sum);
    });
    const random = () => dice.pop() ?? 0;
    const names = Object.keys(ACTIONS);
    const acting = (async () => {
      for (;;) {
        const name = names[Math.floor(random() * names.length)];
        await ACTIONS[name](random);
        await globalThis.actionDone(name);
      }
    })();
    await Promise.race([writing, acting]);
  },
};
