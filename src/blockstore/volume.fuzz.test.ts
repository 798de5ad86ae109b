import { type FuzzRun, fuzz } from "../../test/fuzz/harness.ts";
import { type DriveBackend, fuzzDrive } from "../../test/fuzz/volume-drive.ts";
import { turns } from "../../test/fuzz/volume-fuzz.ts";
import { fuzzWorld } from "../../test/fuzz/volume-world.ts";
import { provideBufferTransfer } from "../../test/support/buffer-transfer.ts";
import { MemoryLocks } from "../base/locks.ts";
import type { KeyValueStore } from "../store/key-value-store.ts";
import { MemoryDisk } from "../store/memory-store.ts";

// What the cache has let go of must never be read (B55).
provideBufferTransfer();

/** Store operations in one step: more is a loop without an end, which no timer could break. */
const STEP_LIMIT = 20_000;

/** Others may see a commit before whoever made it hears of it, as they may in a browser. */
function answeringLate(store: KeyValueStore, wait: () => Promise<void>): KeyValueStore {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    entries: (range) => store.entries(range),
    keys: (range) => store.keys(range),
    commit: async (operations, options) => {
      await store.commit(operations, options);
      await wait();
    },
    close: () => store.close(),
  };
}

/** A store in memory that answers late, fails when told to, and can lose its power. */
function memoryBackend({ random }: FuzzRun, key?: CryptoKey): DriveBackend {
  const disk = new MemoryDisk();
  const database = disk.database("d");
  let operations = 0;
  database.latency = async (kind) => {
    if (++operations > STEP_LIMIT) throw new Error("a step that does not end");
    await turns(random.int(kind === "read" ? 6 : 20));
  };
  return {
    openStore: async (name) => answeringLate(await disk.open(name), () => turns(random.int(15))),
    database: "d",
    ...(key === undefined ? {} : { key }),
    locks: new MemoryLocks(),
    onStep: () => {
      operations = 0;
    },
    fail: database.failNext.bind(database),
    clearFaults: () => database.clearFaults(),
    powerCut: () => {
      const atRisk = database.atRisk;
      const keep = random.int(atRisk + 1);
      database.powerCut(keep);
      return `${keep} of ${atRisk} commits kept`;
    },
  };
}

fuzz("a volume is a drive with a volatile cache (B1–B18)", { runs: 24, steps: 400, pinned: [] }, async (run) => {
  await fuzzDrive(memoryBackend(run), run);
});

fuzz(
  "volumes and snapshots hold what they were given, whatever is collected beside them (B33–B46)",
  { runs: 10, steps: 500, fullRuns: 8, fullSteps: 10_000, timeoutMs: 30_000, pinned: [] },
  async (run) => {
    await fuzzWorld(memoryBackend(run), run);
  },
);

const makeKey = () =>
  crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]) as Promise<CryptoKey>;

// What a run does depends on how long encrypting takes: a seed that fails may have to be tried a few times.
fuzz("encrypted volumes are drives with a volatile cache (B49, B50)", { runs: 4, steps: 400 }, async (run) => {
  await fuzzDrive(memoryBackend(run, await makeKey()), run);
});

fuzz(
  "encrypted volumes and snapshots hold what they were given (B49, B50)",
  { runs: 3, steps: 500, fullRuns: 2, fullSteps: 10_000, timeoutMs: 60_000, pinned: [9_544_423] },
  async (run) => {
    await fuzzWorld(memoryBackend(run, await makeKey()), run);
  },
);
