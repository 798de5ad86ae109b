import type { DirectoryRecords } from "./records.ts";

export type DirectoryRecordType = keyof DirectoryRecords;

/** One record as it shall be; without a value it shall be gone. */
export type DirectoryChange = {
  readonly [K in DirectoryRecordType]: { readonly type: K; readonly id: string; readonly value?: DirectoryRecords[K] };
}[DirectoryRecordType];

/** Where the directory's records are kept (`DIRECTORY_RECORDS` declares them); injected by who has a store. */
export interface DirectoryStore {
  /** All records of a type, validated. Rejects when one cannot be read: without a Deny that it may hold, too much would be allowed. */
  list<K extends DirectoryRecordType>(type: K): Promise<readonly DirectoryRecords[K][]>;
  /** All changes in one transaction; durable when it resolves, nothing of it is there when it rejects. */
  commit(changes: readonly DirectoryChange[]): Promise<void>;
}
