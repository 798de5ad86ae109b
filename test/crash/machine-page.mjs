// The page's side of the kill tests with a real guest: the one instance that writes records, and what is on its disk.

export const cloud = () => globalThis.tabvisor;
export const instance = () => cloud().instances.list()[0];

/** Numbered records with random content, each synced before it is told, after number $1. */
const WRITER = `
mkdir -p /root/records; cd /root/records; i=$1
while :; do
  i=$((i+1))
  head -c $((1000 + (i * 7919) % 40000)) /dev/urandom > r$i
  sync r$i
  echo "$i $(md5sum < r$i)"
done`;
/** In one program: starting one for each record would take longer than all the rest. */
const SUMS = 'set -- r*; if [ -e "$1" ]; then md5sum "$@"; fi';

/** Runs a command in the guest; rejects unless it succeeds. */
export async function run(command) {
  const { stdout, stderr, exitCode } = await instance().exec(command);
  if (exitCode !== 0) throw new Error(`${command}: ${exitCode} ${stderr}`);
  return stdout;
}

export async function launch() {
  await cloud().instances.launch({ image: "tiny", type: "v1.small" });
  await instance().ready();
}

/** Attaches a volume to the instance, does something with the guest's device, and detaches it again. */
export async function withDevice(volumeId, work) {
  await cloud().volumes.attach({ volumeId, instanceId: instance().id });
  const result = await work(cloud().volumes.get(volumeId).attachment.guestDevice);
  await cloud().volumes.detach({ volumeId });
  return result;
}

/** Writes records after number `from` and tells of each as soon as it is synced. Never ends by itself. */
export async function writeRecords(from, onRecord) {
  const decoder = new TextDecoder();
  let rest = "";
  const onStdout = (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [number, sum] = line.split(/\s+/);
      onRecord(Number(number), sum);
    }
  };
  const { exitCode, stderr } = await instance().exec(["sh", "-c", WRITER, "sh", String(from)], { onStdout });
  throw new Error(`the writer ended by itself: ${exitCode} ${stderr}`);
}

/** What the test's process asks of the page by name. */
export const machine = {
  /** Starts the instance and gives the number and MD5 of each record on its disk. */
  async start() {
    await instance().start();
    await instance().ready();
    return parse(await run(`mkdir -p /root/records; cd /root/records; ${SUMS}`));
  },

  /** The records in a snapshot, as the guest sees them on a volume made from it. */
  async recordsOfSnapshot(snapshotId) {
    const { id } = await cloud().volumes.create({ snapshotId });
    const text = await withDevice(id, (device) =>
      run(
        // A snapshot taken before the first record has no folder for them.
        `mkdir -p /mnt/s && mount ${device} /mnt/s && mkdir -p /mnt/s/root/records && cd /mnt/s/root/records && { ${SUMS} ; } && cd / && umount /mnt/s`,
      ),
    );
    await cloud().volumes.delete(id);
    return parse(text);
  },

  /** Deletes the records up to a number. */
  async forget(upTo) {
    await run(`cd /root/records; for f in r*; do [ "\${f#r}" -le ${upTo} ] && rm $f; done; sync`);
  },

  /** The stopped instance's disk, to the test's process. */
  async exportDisk() {
    // Where nothing goes by HTTP/2, only a body of known length can be sent.
    const body = await new Response(await cloud().volumes.export(instance().rootVolumeId)).blob();
    const { ok, status } = await fetch("/upload/", { method: "PUT", body });
    if (!ok) throw new Error(`the disk was not taken: ${status}`);
  },

  /** What is in a state that only work under way explains, though none is. */
  unsettled() {
    const volumes = cloud()
      .volumes.list()
      .filter(({ state, modification }) => !isSettled(state) || modification?.state === "modifying");
    const taken = cloud()
      .snapshots.list()
      .filter(({ state }) => state !== "completed" && state !== "error");
    return [...volumes, ...taken].map(({ id, state }) => `${id} is ${state}`);
  },
};

const isSettled = (state) => state === "available" || state === "in-use";

const parse = (text) =>
  text
    .split("\n")
    .map((line) => /^([0-9a-f]{32}) +r(\d+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, sum, number]) => [Number(number), sum]);
