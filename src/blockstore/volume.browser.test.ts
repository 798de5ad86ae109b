import { describeVolume } from "../../test/conformance/volume-suite.ts";
import { describeVolumes } from "../../test/conformance/volumes-suite.ts";
import { fuzz } from "../../test/fuzz/harness.ts";
import { fuzzDrive } from "../../test/fuzz/volume-drive.ts";
import { destroyIndexedDb, openIndexedDb } from "../store/indexed-db.ts";

fuzz("a volume in IndexedDB is a drive with a volatile cache (B1–B18)", { runs: 4, steps: 300 }, async (run) => {
  const database = `volume-fuzz-${run.seed}`;
  await destroyIndexedDb(database);
  await fuzzDrive({ openStore: openIndexedDb, database }, run);
  await destroyIndexedDb(database);
});

const backend = { open: openIndexedDb, destroy: destroyIndexedDb };
describeVolume("IndexedDB", backend);
describeVolumes("IndexedDB", backend);
