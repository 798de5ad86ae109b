import { describeSnapshots } from "../../test/conformance/snapshots-suite.ts";
import { describeVolume } from "../../test/conformance/volume-suite.ts";
import { describeVolumes } from "../../test/conformance/volumes-suite.ts";
import { fuzz } from "../../test/fuzz/harness.ts";
import { fuzzDrive } from "../../test/fuzz/volume-drive.ts";
import { fuzzWorld } from "../../test/fuzz/volume-world.ts";
import { systemLocks } from "../base/locks.ts";
import { destroyIndexedDb, openIndexedDb } from "../store/indexed-db.ts";

fuzz("a volume in IndexedDB is a drive with a volatile cache (B1–B18)", { runs: 4, steps: 300 }, async (run) => {
  const database = `volume-fuzz-${run.seed}`;
  await destroyIndexedDb(database);
  await fuzzDrive({ openStore: openIndexedDb, database, locks: systemLocks() }, run);
  await destroyIndexedDb(database);
});

fuzz(
  "volumes and snapshots in IndexedDB hold what they were given (B33–B46)",
  { runs: 2, steps: 1000, fullRuns: 4, fullSteps: 10_000, timeoutMs: 60_000 },
  async (run) => {
    const database = `world-fuzz-${run.seed}`;
    await destroyIndexedDb(database);
    await fuzzWorld({ openStore: openIndexedDb, database, locks: systemLocks() }, run);
    await destroyIndexedDb(database);
  },
);

const backend = { open: openIndexedDb, destroy: destroyIndexedDb };
describeVolume("IndexedDB", backend);
describeVolumes("IndexedDB", backend);
describeSnapshots("IndexedDB", backend);
