import type { DirectoryChange, DirectoryStore } from "../../ec2/policy/directory/directory-store.ts";
import { DIRECTORY_RECORDS, type DirectoryRecords } from "../../ec2/policy/directory/records.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { defineRecordKind, type RecordKind, type RecordStore } from "../../store/records.ts";

const KINDS: { readonly [K in keyof DirectoryRecords]: RecordKind<DirectoryRecords[K]> } = {
  account: defineRecordKind(DIRECTORY_RECORDS.account),
  user: defineRecordKind(DIRECTORY_RECORDS.user),
  group: defineRecordKind(DIRECTORY_RECORDS.group),
  policy: defineRecordKind(DIRECTORY_RECORDS.policy),
  accessKey: defineRecordKind(DIRECTORY_RECORDS.accessKey),
};

/** The directory's records among the cloud's own: each change is one transaction. */
export function directoryStore(records: RecordStore): DirectoryStore {
  const operation = <K extends keyof DirectoryRecords>(type: K, { id, value }: DirectoryChange): StoreOperation =>
    value === undefined ? records.delete(KINDS[type], id) : records.put(KINDS[type], id, value as DirectoryRecords[K]);
  return {
    async list(type) {
      const { records: found, damaged } = await records.list(KINDS[type]);
      if (damaged[0] !== undefined) throw damaged[0];
      return found.map(({ value }) => value);
    },
    commit: (changes) => records.commit(changes.map((change) => operation(change.type, change))),
  };
}
