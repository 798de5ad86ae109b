import { seededRandom } from "../../src/base/random.ts";
import { directoryStore } from "../../src/cloud/access/directory-records.ts";
import { Directory } from "../../src/ec2/policy/index.ts";
import { MemoryDisk } from "../../src/store/memory-store.ts";
import { RecordStore } from "../../src/store/records.ts";
import { FakeClock } from "./fake-clock.ts";

/** A directory on a disk that survives it. */
export class DirectoryLab {
  static readonly database = "cloud";
  readonly disk = new MemoryDisk();
  readonly clock = new FakeClock();

  async open(): Promise<Directory> {
    const store = directoryStore(new RecordStore(await this.disk.open(DirectoryLab.database)));
    return Directory.open({
      store,
      clock: this.clock,
      random: seededRandom(this.disk.database("cloud").dump().length),
    });
  }
}
