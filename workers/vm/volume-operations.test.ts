import { beforeEach, describe, expect, it } from "vitest";
import { CloudError } from "../../src/base/errors.ts";
import type { AttachedVolume } from "../../src/protocol/vm-contract.ts";
import { settle } from "../../test/support/fake-clock.ts";
import { FakeBus } from "../../test/support/fake-virtio.ts";
import { InstanceStoreDisk } from "./devices/instance-store.ts";
import type { DiskUse, GuestDisks } from "./guest-disks.ts";
import { MachineDisks } from "./machine-disks.ts";
import { VolumeOperations } from "./volume-operations.ts";

const ROOT_SLOT = 5;
const SLOT = 6;
const MIB = 1 << 20;
const NO_USE: DiskUse = { mountPoints: [], swaps: [], holders: [], processes: [] };

/** A volume that tells what is done to it. */
class TestVolume extends InstanceStoreDisk {
  readonly name: string;
  #size: number;
  closeError: Error | undefined;
  flushError: Error | undefined;

  constructor(name: string) {
    super(MIB);
    this.name = name;
    this.#size = MIB;
    Object.defineProperty(this, "sizeBytes", { get: () => this.#size });
  }
  override async flush() {
    log.push(`flush ${this.name}`);
    if (this.flushError !== undefined) throw this.flushError;
  }
  override async close() {
    if (this.closeError !== undefined) throw this.closeError;
    log.push(`close ${this.name}`);
  }
  async resize(sizeBytes: number) {
    if (sizeBytes < this.#size) throw new CloudError("InvalidParameterValue", "it can only grow");
    this.#size = sizeBytes;
  }
  async snapshot(snapshotId: string) {
    log.push(`snapshot ${this.name} ${snapshotId}`);
    await settle();
    if (snapshotId === "snap-bad") throw new CloudError("Store.QuotaExceeded", "full");
    log.push(`stored ${snapshotId}`);
  }
}

let log: string[];
let bus: FakeBus;
let opened: TestVolume[];
let running: boolean;
let agentError: CloudError | undefined;
let use: DiskUse | undefined;
let drivers: boolean;
/** The guest does not answer to an orderly release. */
let hangs: boolean;
let names: Readonly<Record<string, string>>;

beforeEach(() => {
  log = [];
  bus = new FakeBus();
  opened = [];
  running = true;
  agentError = undefined;
  use = undefined;
  drivers = true;
  hangs = false;
  names = {};
});

/** A guest that does as it is told: its driver comes with a look at the bus, and goes when it lets go. */
function guest(): GuestDisks {
  const ask = (what: string) => {
    log.push(what);
    if (agentError !== undefined) throw agentError;
  };
  const release = async (slot: number) => {
    ask(`release ${slot}`);
    if (bus.hasDevice(slot)) bus.driver(slot).reset();
  };
  return {
    async rescan(slot: number) {
      ask(`rescan ${slot}`);
      if (!drivers) return undefined;
      bus.driver(slot).start();
      return "vdb";
    },
    async names(slots: readonly number[]) {
      ask(`names ${slots}`);
      return new Map(slots.slice(0, 2).map((slot, index) => [slot, `vd${"ab"[index]}`]));
    },
    async release(slot: number) {
      if (hangs) await new Promise(() => {});
      if (use === undefined) await release(slot);
      return use;
    },
    forceRelease: release,
    async grow(slot: number) {
      ask(`grow ${slot}`);
      return { fileSystems: [] };
    },
    async freeze(slots: readonly number[], whileFrozen: () => void) {
      ask(`freeze ${slots}`);
      whileFrozen();
      await settle();
      log.push("thaw");
    },
  } as Partial<GuestDisks> as GuestDisks;
}

function setUp() {
  const disks = new MachineDisks({ createDevice: bus.createDevice, insertCdrom: () => {}, onError: () => {} }, [
    { spec: { volumeId: "vol-root", device: "vda", readOnly: false }, disk: new TestVolume("vol-root") },
    {
      spec: { kind: "instance-store", volumeId: "ephemeral0", device: "vdz", sizeBytes: MIB },
      disk: new InstanceStoreDisk(MIB),
    },
  ]);
  const operations = new VolumeOperations({
    disks,
    guest: guest(),
    async openVolume({ volumeId }) {
      await settle();
      const volume = new TestVolume(volumeId);
      opened.push(volume);
      return volume;
    },
    onNames: (known) => {
      names = known;
    },
    expectRunning() {
      if (!running) throw new CloudError("IncorrectInstanceState", "it does not run");
    },
  });
  return { disks, operations };
}

const volume = (volumeId: string, device = "vdb"): AttachedVolume => ({ volumeId, device, readOnly: false });
const code = (wanted: string) => expect.objectContaining({ code: wanted });

async function withVolume() {
  const made = setUp();
  await made.operations.attach(volume("vol-1"));
  log.length = 0;
  return made;
}

describe("M2 M3 F40 attaching", () => {
  it("plugs the disk in and has the guest look for it", async () => {
    const { operations } = setUp();
    expect(await operations.attach(volume("vol-1", "vdc"))).toEqual({ guestDevice: "vdb" });
    expect(log).toEqual(["rescan 7"]);
    expect(bus.hasDevice(7)).toBe(true);
  });

  it("takes 25 disks besides the root, in their places, and one that is there no second time", async () => {
    const { operations } = setUp();
    const letters = "bcdefghijklmnopqrstuvwxy";
    await Promise.all([...letters].map((letter) => operations.attach(volume(`vol-${letter}`, `vd${letter}`))));
    await expect(operations.attach(volume("vol-x2", "vdx"))).rejects.toThrow(code("InvalidParameterValue"));
    await expect(operations.attach(volume("vol-c", "vdc"))).rejects.toThrow(code("VolumeInUse"));
    await expect(operations.attach(volume("vol-x2", "vda"))).rejects.toThrow(code("InvalidParameterValue"));
    expect(opened).toHaveLength(letters.length);
  });

  it("says when the guest cannot be told; tells it when its agent comes", async () => {
    const { operations } = setUp();
    agentError = new CloudError("Agent.Unavailable", "nobody there");
    expect(await operations.attach(volume("vol-1"))).toEqual({ guestDevice: null });
    agentError = undefined;
    operations.agentReady();
    await settle();
    operations.agentReady();
    await settle();
    expect(log).toEqual(["rescan 6", "rescan 6", "names 5,30,6", "names 5,30,6"]);
    expect(bus.driver(SLOT).transport.driverOk).toBe(true);
    expect(names).toEqual({ "vol-root": "vda", ephemeral0: "vdb" });
  });

  it("leaves nothing open when the machine ends meanwhile", async () => {
    const { operations, disks } = setUp();
    const attaching = operations.attach(volume("vol-1"));
    await Promise.resolve();
    running = false;
    await expect(attaching).rejects.toThrow(code("IncorrectInstanceState"));
    expect(log).toEqual(["close vol-1"]);
    expect(() => disks.get("vol-1")).toThrow(code("InvalidAttachment.NotFound"));
  });
});

describe("M4 M5 M6 F41 detaching", () => {
  it("flushes, has the guest let go, closes the volume, and frees the place", async () => {
    const { operations } = await withVolume();
    await operations.detach({ volumeId: "vol-1", force: false });
    expect(log).toEqual(["flush vol-1", "release 6", "close vol-1"]);
    expect(bus.hasDevice(SLOT)).toBe(false);
    await expect(operations.detach({ volumeId: "vol-1", force: false })).rejects.toThrow(
      code("InvalidAttachment.NotFound"),
    );
    await operations.attach(volume("vol-2"));
  });

  it("is VolumeInUse while the guest uses it, says by what, and changes nothing", async () => {
    const { operations } = await withVolume();
    use = { ...NO_USE, mountPoints: ["/mnt/a b"], swaps: ["/dev/vdb2"] };
    const error = await operations.detach({ volumeId: "vol-1", force: false }).catch((thrown: CloudError) => thrown);
    expect(error).toMatchObject({
      code: "VolumeInUse",
      details: { volumeId: "vol-1", mountPoints: ["/mnt/a b"], swaps: ["/dev/vdb2"], holders: [], processes: [] },
    });
    expect(error?.message).toContain("mounted on /mnt/a b");
    expect(bus.driver(SLOT).transport.driverOk).toBe(true);
    use = undefined;
    await operations.detach({ volumeId: "vol-1", force: false });
  });

  it("is not possible for the root, nor for an instance-store disk, not even by force", async () => {
    const { operations } = setUp();
    for (const volumeId of ["vol-root", "ephemeral0"]) {
      for (const force of [false, true]) {
        await expect(operations.detach({ volumeId, force })).rejects.toThrow(code("OperationNotPermitted"));
      }
    }
    expect(bus.hasDevice(ROOT_SLOT)).toBe(true);
  });

  it("leaves the volume with the guest when its last writes cannot be stored", async () => {
    const { operations } = await withVolume();
    const [disk] = opened;
    if (disk !== undefined) disk.flushError = new CloudError("Store.QuotaExceeded", "full");
    await expect(operations.detach({ volumeId: "vol-1", force: false })).rejects.toThrow(code("Store.QuotaExceeded"));
    expect(bus.driver(SLOT).transport.driverOk).toBe(true);
  });

  it("keeps a volume that cannot be closed, to try again", async () => {
    const { operations, disks } = await withVolume();
    const [disk] = opened;
    if (disk !== undefined) disk.closeError = new CloudError("Store.QuotaExceeded", "full");
    await expect(operations.detach({ volumeId: "vol-1", force: false })).rejects.toThrow(code("Store.QuotaExceeded"));
    expect(bus.hasDevice(SLOT)).toBe(false);
    expect(disks.devices).toHaveLength(2);
    if (disk !== undefined) disk.closeError = undefined;
    await operations.detach({ volumeId: "vol-1", force: false });
    expect(log.filter((line) => line.startsWith("release"))).toHaveLength(1);
    expect(log.at(-1)).toBe("close vol-1");
  });

  it("needs the guest's word while it has a driver on the disk, and none when it has not", async () => {
    const { operations } = await withVolume();
    agentError = new CloudError("Agent.Unavailable", "nobody there");
    await expect(operations.detach({ volumeId: "vol-1", force: false })).rejects.toThrow(code("Agent.Unavailable"));
    bus.driver(SLOT).reset();
    await operations.detach({ volumeId: "vol-1", force: false });
    expect(bus.hasDevice(SLOT)).toBe(false);
  });

  it("M5 by force does not wait behind an orderly one: what the guest holds up is forced", async () => {
    const { operations, disks } = setUp();
    await operations.attach(volume("vol-1"));
    hangs = true;
    const orderly = operations.detach({ volumeId: "vol-1", force: false });
    await settle();
    expect(disks.plugged.map(({ spec }) => spec.volumeId)).toContain("vol-1");
    await Promise.all([operations.detach({ volumeId: "vol-1", force: true }), orderly]);
    expect(log.filter((line) => line === "close vol-1")).toHaveLength(1);
    expect(disks.plugged.map(({ spec }) => spec.volumeId)).not.toContain("vol-1");
    await expect(operations.detach({ volumeId: "vol-1", force: true })).rejects.toThrow(
      code("InvalidAttachment.NotFound"),
    );
  });

  it("by force goes without the guest's word: it gets I/O errors, and its place is free when it lets go", async () => {
    const { operations } = await withVolume();
    agentError = new CloudError("Agent.Timeout", "stuck");
    await operations.detach({ volumeId: "vol-1", force: true });
    expect(log).toEqual(["release 6", "close vol-1"]);
    const driver = bus.driver(SLOT);
    driver.queue(0).post({ readable: new Uint8Array(16), writableBytes: 513 });
    driver.notify(0);
    expect(driver.queue(0).takeUsed()[0]?.written.at(-1)).toBe(1);
    await expect(operations.detach({ volumeId: "vol-1", force: true })).rejects.toThrow(
      code("InvalidAttachment.NotFound"),
    );
    await expect(operations.attach(volume("vol-2"))).rejects.toThrow(/reboot/);
    driver.reset();
    agentError = undefined;
    expect(await operations.attach(volume("vol-1"))).toEqual({ guestDevice: "vdb" });
  });

  it("by force: a guest that restarts has the place free", async () => {
    const { operations, disks } = await withVolume();
    agentError = new CloudError("Agent.Timeout", "stuck");
    await operations.detach({ volumeId: "vol-1", force: true });
    disks.guestRestarts();
    expect(bus.hasDevice(SLOT)).toBe(false);
  });
});

describe("M7 F42 resizing", () => {
  it("tells the guest of the new capacity", async () => {
    const { operations } = await withVolume();
    await operations.resize({ volumeId: "vol-1", sizeBytes: 2 * MIB });
    const driver = bus.driver(SLOT);
    expect(driver.configChanges).toBe(1);
    expect(new DataView(driver.readConfig().buffer).getUint32(0, true)).toBe((2 * MIB) / 512);
    await expect(operations.resize({ volumeId: "vol-1", sizeBytes: MIB })).rejects.toThrow(
      code("InvalidParameterValue"),
    );
    expect(driver.configChanges).toBe(1);
  });

  it("grows no file system where none is mounted", async () => {
    const { operations } = await withVolume();
    await expect(operations.growFileSystem({ volumeId: "vol-1" })).rejects.toThrow(code("Volume.NotMounted"));
  });
});

describe("M8 M9 F49 F50 snapshots", () => {
  const both = [
    { volumeId: "vol-1", snapshotId: "snap-1" },
    { volumeId: "vol-root", snapshotId: "snap-2" },
  ];

  it("are taken of all volumes before anything else happens, and stored when it resolves", async () => {
    const { operations } = await withVolume();
    const taking = operations.snapshot({ volumes: both, freeze: false });
    await Promise.resolve();
    await Promise.resolve();
    log.push("later");
    await taking;
    expect(log).toEqual([
      "snapshot vol-1 snap-1",
      "snapshot vol-root snap-2",
      "later",
      "stored snap-1",
      "stored snap-2",
    ]);
  });

  it("are taken while the guest's file systems are frozen, which does not wait for the store", async () => {
    const { operations } = await withVolume();
    await operations.snapshot({ volumes: both, freeze: true });
    expect(log.slice(0, 3)).toEqual(["freeze 6,5", "snapshot vol-1 snap-1", "snapshot vol-root snap-2"]);
    expect(log).toContain("thaw");
  });

  it("reject with what failed, and only when all are done", async () => {
    const { operations } = await withVolume();
    const volumes = [
      { volumeId: "vol-1", snapshotId: "snap-bad" },
      { volumeId: "vol-root", snapshotId: "snap-2" },
    ];
    await expect(operations.snapshot({ volumes, freeze: false })).rejects.toThrow(code("Store.QuotaExceeded"));
    expect(log.at(-1)).toBe("stored snap-2");
  });

  it("are all or none when one volume is not there, or is none", async () => {
    const { operations } = await withVolume();
    const and = (volumeId: string) => [...both, { volumeId, snapshotId: "snap-3" }];
    await expect(operations.snapshot({ volumes: and("vol-9"), freeze: false })).rejects.toThrow(
      code("InvalidAttachment.NotFound"),
    );
    await expect(operations.snapshot({ volumes: and("ephemeral0"), freeze: false })).rejects.toThrow(
      code("OperationNotPermitted"),
    );
    expect(log).toEqual([]);
  });
});

it("everything is IncorrectInstanceState when the machine does not run", async () => {
  const { operations } = await withVolume();
  running = false;
  const wrong = code("IncorrectInstanceState");
  await expect(operations.attach(volume("vol-2", "vdc"))).rejects.toThrow(wrong);
  await expect(operations.detach({ volumeId: "vol-1", force: true })).rejects.toThrow(wrong);
  await expect(operations.resize({ volumeId: "vol-1", sizeBytes: 2 * MIB })).rejects.toThrow(wrong);
  await expect(operations.growFileSystem({ volumeId: "vol-1" })).rejects.toThrow(wrong);
  await expect(operations.snapshot({ volumes: [], freeze: false })).rejects.toThrow(wrong);
  expect(() => operations.setLimits({ volumeId: "vol-1", iops: 1, bytesPerSecond: null })).toThrow(wrong);
  expect(log).toEqual([]);
});
