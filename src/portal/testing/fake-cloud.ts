import type { Cloud, Image, Instances, InstanceType, LaunchRequest, RoleChange, TabRole } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { FakeAccess } from "./fake-access.ts";
import { FakeBackups } from "./fake-backups.ts";
import { FakeBilling } from "./fake-billing.ts";
import { FakeDisks } from "./fake-disks.ts";
import { FakeEncryption } from "./fake-encryption.ts";
import { FakeInstance } from "./fake-instance.ts";
import { FakeKeyPairs } from "./fake-key-pairs.ts";
import { FakeLaunchTemplates } from "./fake-launch-templates.ts";
import { FakeNetwork } from "./fake-network.ts";
import { FakeQuotas } from "./fake-quotas.ts";
import { FakeStorage } from "./fake-storage.ts";

const TYPES: readonly InstanceType[] = [
  { name: "v1.nano", vcpus: 1, memoryMiB: 64, cpuShare: 0.25 },
  { name: "v1.micro", vcpus: 1, memoryMiB: 128, cpuShare: 0.5 },
  { name: "v1.small", vcpus: 1, memoryMiB: 256, cpuShare: 1 },
];

const MIB = 1024 * 1024;

const TINY: Image = {
  id: "ami-0000000000000tiny",
  name: "tiny",
  title: "Tiny Linux (BusyBox)",
  version: "1.0",
  architecture: "i386",
  diskBytes: 64 * MIB,
  downloadBytes: 7 * MIB,
  bootDownloadBytes: 5.8 * MIB,
  minimumMemoryMiB: 64,
  defaultUser: "user",
  kind: "embedded",
  ownerId: "000000000000",
  ownerAlias: "amazon",
  region: null,
  public: true,
  shared: false,
  launchPermissions: ["all"],
  categories: ["Operating systems"],
  productCodes: [],
  deprecationTime: null,
  deprecated: false,
  sourceImage: null,
  state: "available",
  stateReason: null,
  description: "",
  tags: {},
  createTime: null,
  sourceInstanceId: null,
  bootMode: "kernel",
  commandLine: "root=/dev/vda",
  rootDevice: "/dev/vda",
  rootDeviceType: "ebs",
  blockDevices: [
    {
      device: "/dev/vda",
      sizeBytes: 64 * MIB,
      snapshotId: null,
      type: "gp3",
      iops: null,
      throughputMiBps: null,
      encrypted: false,
      deleteOnTermination: true,
    },
  ],
};

/** A `Cloud` in memory for the portal's tests and for looking at its pages; never part of a build. */
export class FakeCloud implements Cloud {
  readonly instanceTypes = TYPES;
  readonly disks = new FakeDisks(TINY);
  readonly images = this.disks.images;
  readonly volumes = this.disks.volumes;
  readonly snapshots = this.disks.snapshots;
  readonly fakeNetwork = new FakeNetwork();
  readonly network = this.fakeNetwork.network;
  readonly vpcs = this.fakeNetwork.vpcs;
  readonly subnets = this.fakeNetwork.subnets;
  readonly securityGroups = this.fakeNetwork.securityGroups;
  readonly routeTables = this.fakeNetwork.routeTables;
  readonly internetGateways = this.fakeNetwork.internetGateways;
  readonly natGateways = this.fakeNetwork.natGateways;
  readonly networkAcls = this.fakeNetwork.networkAcls;
  readonly networkInterfaces = this.fakeNetwork.networkInterfaces;
  readonly addresses = this.fakeNetwork.addresses;
  readonly flowLogs = this.fakeNetwork.flowLogs;
  readonly storage = new FakeStorage();
  readonly encryption = new FakeEncryption();
  readonly backups = new FakeBackups();
  readonly access = new FakeAccess();
  /** The portal does not use them. */
  readonly events = { list: () => [], onEvent: new Emitter<never>().event };
  readonly billing = new FakeBilling();
  readonly quotas = new FakeQuotas();
  readonly keyPairs = new FakeKeyPairs();
  readonly launchTemplates = new FakeLaunchTemplates();
  readonly #list: FakeInstance[] = [];
  readonly #changed = new Emitter<void>();
  readonly #phaseMs: number;
  readonly #roleChanged = new Emitter<RoleChange>();
  readonly onRoleChange = this.#roleChanged.event;
  role: TabRole = "owner";

  /** The portal does not use it. */
  get ec2(): never {
    throw new Error("a pretended cloud has no EC2 endpoint");
  }

  constructor(options: { instant?: boolean } = {}) {
    this.#phaseMs = options.instant ? 0 : 400;
  }

  readonly instances: Omit<Instances, "list"> & { list(): FakeInstance[] } = {
    launch: (request) => this.#launch(request),
    get: (id) => {
      const found = this.#list.find((instance) => instance.id === id);
      if (!found) {
        throw new CloudError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`, { id });
      }
      return found;
    },
    list: () => [...this.#list],
    onChange: this.#changed.event,
  };

  async #launch(request: LaunchRequest): Promise<FakeInstance[]> {
    const type = TYPES.find((candidate) => candidate.name === (request.type ?? "v1.micro"));
    if (!type) throw new CloudError("InvalidParameterValue", `The instance type '${request.type}' does not exist`);
    if (request.image !== TINY.name && request.image !== TINY.id) {
      throw new CloudError("InvalidAMIID.NotFound", `The image id '[${request.image}]' does not exist`);
    }
    const launched = Array.from({ length: request.count ?? 1 }, (_, index) => this.#add(request, type, index));
    const boots = launched.map((instance) => instance.bootUp());
    if (this.#phaseMs === 0) await Promise.all(boots);
    return launched;
  }

  #add(request: LaunchRequest, type: InstanceType, index: number): FakeInstance {
    const number = this.#list.length + 1;
    const instance = new FakeInstance({
      id: `i-${number.toString(16).padStart(17, "0")}`,
      name: request.name ? (index === 0 ? request.name : `${request.name}-${index + 1}`) : "",
      imageName: TINY.name,
      type,
      privateIpAddress: `10.0.0.${number + 3}`,
      rootVolumeBytes: request.rootVolumeGiB ? request.rootVolumeGiB * 1024 * MIB : TINY.diskBytes,
      phaseMs: this.#phaseMs,
    });
    instance.onChange(() => this.#changed.fire());
    this.fakeNetwork.addInterface(instance.id, instance.privateIpAddress);
    this.disks.addRoot(instance.id, instance.rootVolumeId, instance.rootVolumeBytes);
    this.#list.push(instance);
    this.#changed.fire();
    return instance;
  }

  /** As if it followed another tab; and as if that one were gone. */
  follow(): void {
    this.role = "follower";
    this.#roleChanged.fire({ role: "follower", stoppedInstanceIds: [] });
  }

  takeOver(): void {
    const running = this.#list.filter(({ state }) => state === "running");
    for (const instance of running) instance.set({ state: "stopped" });
    this.role = "owner";
    this.#roleChanged.fire({ role: "owner", stoppedInstanceIds: running.map(({ id }) => id) });
  }

  async stopAll(): Promise<void> {
    for (const instance of this.#list) instance.set({ state: "stopped" });
  }

  async dispose(): Promise<void> {
    await this.stopAll();
  }
}
