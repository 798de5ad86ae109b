import type { StoreOperation } from "../store/key-value-store.ts";
import type { RecordStore } from "../store/records.ts";
import { type BackupPolicyRecord, backupPolicyRecord } from "./backups/backup-record.ts";
import { type ClientTokenRecord, clientTokenRecord } from "./client-tokens.ts";
import { type DataKeyRecord, dataKeyRecord } from "./encryption/encryption-records.ts";
import { type OwnImageRecord, ownImageRecord } from "./images/own-image-record.ts";
import { type KeyPairRecord, keyPairRecord } from "./key-pairs/key-pair-record.ts";
import {
  type LaunchTemplateRecord,
  type LaunchTemplateVersionRecord,
  launchTemplateRecord,
  launchTemplateVersionRecord,
} from "./launch-templates/launch-template-record.ts";
import { type NetworkInterfaceRecord, networkInterfaceRecord } from "./network/network-interface-record.ts";
import * as network from "./network/vpc-records.ts";
import type { RecordIndex } from "./record-index.ts";
import { type Change, RecordTable } from "./record-table.ts";
import { type SnapshotRecord, snapshotRecord } from "./snapshots/snapshot-record.ts";
import { type VolumeRecord, volumeRecord } from "./volumes/volume-record.ts";

/** The records of disks (volumes, snapshots, their keys, images made here, backup policies), client tokens, key pairs, networks. */
export class Registry {
  readonly records: RecordStore;
  readonly volumes: RecordTable<VolumeRecord>;
  readonly snapshots: RecordTable<SnapshotRecord>;
  readonly keys: RecordTable<DataKeyRecord>;
  readonly images: RecordTable<OwnImageRecord>;
  readonly policies: RecordTable<BackupPolicyRecord>;
  readonly clientTokens: RecordTable<ClientTokenRecord>;
  readonly keyPairs: RecordTable<KeyPairRecord>;
  readonly launchTemplates: RecordTable<LaunchTemplateRecord>;
  readonly launchTemplateVersions: RecordTable<LaunchTemplateVersionRecord>;
  readonly networkInterfaces: RecordTable<NetworkInterfaceRecord>;
  readonly vpcs: RecordTable<network.VpcRecord>;
  readonly subnets: RecordTable<network.SubnetRecord>;
  readonly routeTables: RecordTable<network.RouteTableRecord>;
  readonly internetGateways: RecordTable<network.InternetGatewayRecord>;
  readonly natGateways: RecordTable<network.NatGatewayRecord>;
  readonly networkAcls: RecordTable<network.NetworkAclRecord>;
  readonly securityGroups: RecordTable<network.SecurityGroupRecord>;
  readonly addresses: RecordTable<network.AddressRecord>;
  readonly flowLogs: RecordTable<network.FlowLogRecord>;
  readonly storedDefaults: RecordTable<network.StoredDefaultRecord>;
  /** Volumes by the instance that they are attached to. */
  readonly volumesOfInstance: RecordIndex<VolumeRecord>;
  /** Network interfaces by the instance that they are attached to, and by their subnet. */
  readonly interfacesOfInstance: RecordIndex<NetworkInterfaceRecord>;
  readonly interfacesInSubnet: RecordIndex<NetworkInterfaceRecord>;
  /** Elastic IP addresses by the interface that they are associated with. */
  readonly addressesOfInterface: RecordIndex<network.AddressRecord>;
  /** Both by the public address itself. */
  readonly interfacesAtPublicIp: RecordIndex<NetworkInterfaceRecord>;
  readonly addressesAt: RecordIndex<network.AddressRecord>;
  #inForce: () => Promise<void> = () => Promise.resolve();

  constructor(records: RecordStore) {
    this.records = records;
    this.volumes = new RecordTable(records, volumeRecord);
    this.snapshots = new RecordTable(records, snapshotRecord);
    this.keys = new RecordTable(records, dataKeyRecord);
    this.images = new RecordTable(records, ownImageRecord);
    this.policies = new RecordTable(records, backupPolicyRecord);
    this.clientTokens = new RecordTable(records, clientTokenRecord);
    this.keyPairs = new RecordTable(records, keyPairRecord);
    this.launchTemplates = new RecordTable(records, launchTemplateRecord);
    this.launchTemplateVersions = new RecordTable(records, launchTemplateVersionRecord);
    this.networkInterfaces = new RecordTable(records, networkInterfaceRecord);
    this.vpcs = new RecordTable(records, network.vpcRecord);
    this.subnets = new RecordTable(records, network.subnetRecord);
    this.routeTables = new RecordTable(records, network.routeTableRecord);
    this.internetGateways = new RecordTable(records, network.internetGatewayRecord);
    this.natGateways = new RecordTable(records, network.natGatewayRecord);
    this.networkAcls = new RecordTable(records, network.networkAclRecord);
    this.securityGroups = new RecordTable(records, network.securityGroupRecord);
    this.addresses = new RecordTable(records, network.addressRecord);
    this.flowLogs = new RecordTable(records, network.flowLogRecord);
    this.storedDefaults = new RecordTable(records, network.storedDefaultRecord);
    this.volumesOfInstance = this.volumes.indexedBy(({ attachment }) => attachment?.instanceId);
    this.interfacesOfInstance = this.networkInterfaces.indexedBy(({ attachment }) => attachment?.instanceId);
    this.interfacesInSubnet = this.networkInterfaces.indexedBy(({ subnetId }) => subnetId);
    this.interfacesAtPublicIp = this.networkInterfaces.indexedBy(({ publicIp }) => publicIp ?? undefined);
    this.addressesAt = this.addresses.indexedBy(({ publicIp }) => publicIp);
    this.addressesOfInterface = this.addresses.indexedBy(({ association }) => association?.networkInterfaceId);
  }

  async load(): Promise<void> {
    const tables = [
      this.volumes,
      this.snapshots,
      this.keys,
      this.images,
      this.policies,
      this.clientTokens,
      this.keyPairs,
      this.launchTemplates,
      this.launchTemplateVersions,
      ...this.network,
    ];
    await Promise.all(tables.map((table) => table.load()));
  }

  /** All that the network is made of. */
  get network() {
    return [
      this.networkInterfaces,
      this.vpcs,
      this.subnets,
      this.routeTables,
      this.internetGateways,
      this.natGateways,
      this.networkAcls,
      this.securityGroups,
      this.addresses,
      this.flowLogs,
      this.storedDefaults,
    ];
  }

  /** Has whoever changes the network wait until it is so: `inForce` resolves when it is. */
  whenNetworkChanges(inForce: () => Promise<void>): void {
    this.#inForce = inForce;
  }

  /** Resolves when the network is as the records say. */
  async networkInForce(): Promise<void> {
    await this.#inForce();
  }

  #networkVersion(): number {
    return this.network.reduce((sum, { version }) => sum + version, 0);
  }

  /**
   * Makes changes that belong together: at once in memory, so that nothing decided meanwhile contradicts them, and stored
   * in one transaction, and in force in the network, when it resolves. When it cannot be stored, memory is as before, and it rejects with the reason.
   */
  async commit(changes: readonly Change[], others: readonly StoreOperation[] = []): Promise<void> {
    const before = this.#networkVersion();
    const undo = changes.map((change) => change.apply());
    const changesNetwork = this.#networkVersion() !== before;
    for (const change of changes) change.announce();
    try {
      await this.records.commit([...changes.map(({ operation }) => operation), ...others]);
    } catch (error) {
      for (const back of undo.reverse()) back();
      for (const change of changes) change.announce();
      throw error;
    }
    if (changesNetwork) await this.#inForce();
  }
}
