import { fuzz } from "../../test/fuzz/harness.ts";
import { fuzzDrive } from "../../test/fuzz/volume-drive.ts";
import { turns } from "../../test/fuzz/volume-fuzz.ts";
import { MemoryDisk } from "../store/memory-store.ts";

/** Store operations in one step: more is a loop without an end, which no timer could break. */
const STEP_LIMIT = 20_000;

fuzz("a volume is a drive with a volatile cache (B1–B18)", { runs: 24, steps: 400, pinned: [] }, async (run) => {
  const { random } = run;
  const disk = new MemoryDisk();
  const database = disk.database("d");
  let operations = 0;
  database.latency = async (kind) => {
    if (++operations > STEP_LIMIT) throw new Error("a step that does not end");
    await turns(random.int(kind === "read" ? 6 : 20));
  };
  const backend = {
    openStore: disk.open,
    database: "d",
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
  await fuzzDrive(backend, run);
});
