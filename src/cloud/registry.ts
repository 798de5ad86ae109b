import type { StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import { type BackupPolicyRecord, backupPolicyRecord } from "./backups/backup-record.ts";
import { type ClientTokenRecord, clientTokenRecord } from "./client-tokens.ts";
import { type DataKeyRecord, dataKeyRecord } from "./encryption/encryption-records.ts";
import { type OwnImageRecord, ownImageRecord } from "./images/own-image-record.ts";
import { type Change, RecordTable } from "./record-table.ts";
import { type SnapshotRecord, snapshotRecord } from "./snapshots/snapshot-record.ts";
import { type VolumeRecord, volumeRecord } from "./volumes/volume-record.ts";

/** The records of disks: volumes, snapshots, their keys, images made here, backup policies; and of client tokens. */
export class Registry {
  readonly records: RecordStore;
  readonly volumes: RecordTable<VolumeRecord>;
  readonly snapshots: RecordTable<SnapshotRecord>;
  readonly keys: RecordTable<DataKeyRecord>;
  readonly images: RecordTable<OwnImageRecord>;
  readonly policies: RecordTable<BackupPolicyRecord>;
  readonly clientTokens: RecordTable<ClientTokenRecord>;

  constructor(records: RecordStore) {
    this.records = records;
    this.volumes = new RecordTable(records, volumeRecord);
    this.snapshots = new RecordTable(records, snapshotRecord);
    this.keys = new RecordTable(records, dataKeyRecord);
    this.images = new RecordTable(records, ownImageRecord);
    this.policies = new RecordTable(records, backupPolicyRecord);
    this.clientTokens = new RecordTable(records, clientTokenRecord);
  }

  async load(): Promise<void> {
    const tables = [this.volumes, this.snapshots, this.keys, this.images, this.policies, this.clientTokens];
    await Promise.all(tables.map((table) => table.load()));
  }

  /**
   * Makes changes that belong together: at once in memory, so that nothing decided meanwhile contradicts them, and stored
   * in one transaction when it resolves. When it cannot be stored, memory is as before, and it rejects with the reason.
   */
  async commit(changes: readonly Change[], others: readonly StoreOperation[] = []): Promise<void> {
    const undo = changes.map((change) => change.apply());
    try {
      await this.records.commit([...changes.map(({ operation }) => operation), ...others]);
    } catch (error) {
      for (const back of undo.reverse()) back();
      throw error;
    }
  }
}
