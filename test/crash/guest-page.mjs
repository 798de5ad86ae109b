// What the kill test of machines does in the portal's page: handed over as text by Playwright.

/** Installs `globalThis.guestKill` in the page. */
export function installGuestKillPage() {
  const cloud = () => globalThis.tabvisor;
  const instance = () => cloud().instances.list()[0];

  /** Numbered records with random content, each synced before it is told, after number $1. */
  const WRITER = `
mkdir -p /root/records; cd /root/records; i=$1
while :; do
  i=$((i+1))
  head -c $((1000 + (i * 7919) % 40000)) /dev/urandom > r$i
  sync r$i
  echo "$i $(md5sum < r$i)"
done`;
  const SUMS = 'for f in r*; do [ -e $f ] && echo "$f $(md5sum < $f)"; done; :';

  const parse = (text) =>
    text
      .split("\n")
      .map((line) => /^r(\d+) ([0-9a-f]{32})/.exec(line))
      .filter((match) => match !== null)
      .map(([, number, sum]) => [Number(number), sum]);

  const run = async (command) => {
    const { stdout, stderr, exitCode } = await instance().exec(command);
    if (exitCode !== 0) throw new Error(`${command}: ${exitCode} ${stderr}`);
    return stdout;
  };

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
      await cloud().volumes.attach({ volumeId: id, instanceId: instance().id });
      const device = cloud().volumes.get(id).attachment.guestDevice;
      await run(`dd if=/dev/urandom of=${device} bs=64k count=16 conv=fsync 2>/dev/null`);
      await cloud().volumes.modify({ volumeId: id, sizeGiB: 2 });
      await cloud().volumes.detach({ volumeId: id });
      const { id: snapshotId } = await cloud().snapshots.create({ volumeId: id });
      await cloud().volumes.rollback({ volumeId: id, snapshotId });
      await cloud().snapshots.delete(snapshotId);
      await cloud().volumes.delete(id);
    },
    async heavy() {
      await run("head -c 4000000 /dev/urandom > /root/heavy; sync /root/heavy");
    },
  };

  globalThis.guestKill = {
    /** Starts the instance and gives the number and MD5 of each record on its disk. */
    async start() {
      await instance().start();
      await instance().ready();
      return parse(await run(`mkdir -p /root/records; cd /root/records; ${SUMS}`));
    },
    /** Writes records after number `from`; meanwhile acts as `dice`, numbers in [0, 1), fall. Never ends by itself. */
    async run(from, dice) {
      if (instance() === undefined) {
        await cloud().instances.launch({ image: "tiny", type: "v1.small" });
        await instance().ready();
      }
      newest = from;
      const decoder = new TextDecoder();
      let rest = "";
      const onStdout = (chunk) => {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const [number, sum] = line.split(/\s+/);
          newest = Number(number);
          void globalThis.acknowledge(newest, sum);
        }
      };
      const writing = instance().exec(["sh", "-c", WRITER, "sh", String(from)], { onStdout });
      const random = () => dice.pop() ?? 0;
      const names = Object.keys(ACTIONS);
      const acting = (async () => {
        for (;;) {
          const name = names[Math.floor(random() * names.length)];
          await ACTIONS[name](random);
          await globalThis.actionDone(name);
        }
      })();
      const { exitCode, stderr } = await Promise.race([writing, acting]);
      throw new Error(`the writer ended by itself: ${exitCode} ${stderr}`);
    },
    /** What is in a state that only work under way explains, though none is. */
    unsettled() {
      const volumes = cloud()
        .volumes.list()
        .filter(({ state }) => state !== "available" && state !== "in-use");
      const taken = cloud()
        .snapshots.list()
        .filter(({ state }) => state !== "completed" && state !== "error");
      return [...volumes, ...taken].map(({ id, state }) => `${id} is ${state}`);
    },
    /** The records in a snapshot, as the guest sees them on a volume made from it. */
    async recordsOfSnapshot(snapshotId) {
      const { id } = await cloud().volumes.create({ snapshotId });
      await cloud().volumes.attach({ volumeId: id, instanceId: instance().id });
      const device = cloud().volumes.get(id).attachment.guestDevice;
      const text = await run(
        // A snapshot taken before the first record has no folder for them.
        `mkdir -p /mnt/s && mount ${device} /mnt/s && mkdir -p /mnt/s/root/records && cd /mnt/s/root/records && { ${SUMS} ; } && cd / && umount /mnt/s`,
      );
      await cloud().volumes.detach({ volumeId: id });
      await cloud().volumes.delete(id);
      return parse(text);
    },
    /** Deletes the records up to a number. */
    async forget(upTo) {
      await run(`cd /root/records; for f in r*; do [ "\${f#r}" -le ${upTo} ] && rm $f; done; sync`);
    },
    async exportDisk(write) {
      const reader = (await cloud().volumes.export(instance().rootVolumeId)).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        let text = "";
        for (let i = 0; i < value.length; i += 8192) text += String.fromCharCode(...value.subarray(i, i + 8192));
        await write(btoa(text));
      }
    },
  };
}
