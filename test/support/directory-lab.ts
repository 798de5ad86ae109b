import { seededRandom } from "../../src/base/random.ts";
import type { DirectoryChange, DirectoryStore } from "../../src/ec2/policy/directory/directory-store.ts";
import { DIRECTORY_RECORDS, type DirectoryRecords } from "../../src/ec2/policy/directory/records.ts";
import { Directory } from "../../src/ec2/policy/index.ts";
import type { StoreOperation } from "../../src/store/key-value-store.ts";
import { MemoryDisk } from "../../src/store/memory-store.ts";
import { defineRecordKind, type RecordKind, RecordStore } from "../../src/store/records.ts";
import { FakeClock } from "./fake-clock.ts";

const kindOf = <K extends keyof DirectoryRecords>(type: K): RecordKind<DirectoryRecords[K]> =>
  defineRecordKind(DIRECTORY_RECORDS[type]);

/** The directory's records in a store of records, as the cloud keeps them. */
export function directoryStore(records: RecordStore): DirectoryStore {
  const operation = <K extends keyof DirectoryRecords>(type: K, { id, value }: DirectoryChange): StoreOperation =>
    value === undefined
      ? records.delete(kindOf(type), id)
      : records.put(kindOf(type), id, value as DirectoryRecords[K]);
  return {
    async list(type) {
      const { records: found, damaged } = await records.list(kindOf(type));
      if (damaged[0] !== undefined) throw damaged[0];
      return found.map(({ value }) => value);
    },
    commit: (changes) => records.commit(changes.map((change) => operation(change.type, change))),
  };
}

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
