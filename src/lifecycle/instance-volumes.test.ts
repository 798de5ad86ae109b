import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../test/support/fake-clock.ts";
import { imageManifest } from "../../test/support/image-manifest.ts";
import { CloudError } from "../base/errors.ts";
import type { Client } from "../protocol/contract.ts";
import type { AttachedVolume, MachineSpec, VmContract } from "../protocol/vm-contract.ts";
import { SimulatedMachines } from "../simulation/simulated-machine.ts";
import type { ActorState } from "./actor-options.ts";
import { InstanceActor } from "./instance-actor.ts";
import type { InstanceVolumes } from "./instance-volumes.ts";
import { INSTANCE_STATES } from "./states.ts";

const VOLUME: AttachedVolume = { volumeId: "vol-2", device: "vdb", readOnly: false };
const GROWN = { fileSystems: [{ mountPoint: "/mnt", type: "ext4", beforeBytes: 1, afterBytes: 2 }] };

let machines: SimulatedMachines;
let names: unknown[];

beforeEach(() => {
  names = [];
  machines = new SimulatedMachines();
});

function actor(state: ActorState["state"]): InstanceActor {
  return new InstanceActor({
    id: "i-1",
    initial: { state, stateReason: null, transitionReason: "" },
    machines,
    clock: new FakeClock(),
    admit() {},
    spec: async () => ({ instanceId: "i-1", image: { url: "", manifest: imageManifest() } }) as MachineSpec,
    async persist() {},
    async release() {},
    onDisks: (told) => names.push(told),
  });
}

/** Makes the machine keep a record of what is asked of its volumes. */
async function running(answers: Partial<Client<VmContract>> = {}) {
  const it = actor("pending");
  it.launch();
  await settle();
  const asked: unknown[] = [];
  const note =
    <T>(name: string, result: T) =>
    async (argument: unknown): Promise<T> => {
      asked.push([name, argument]);
      return result;
    };
  Object.assign(machines.last.client, {
    attachVolume: note("attach", { guestDevice: "vdb" }),
    detachVolume: note("detach", undefined),
    resizeVolume: note("resize", undefined),
    growFileSystem: note("grow", GROWN),
    snapshotVolumes: note("snapshot", undefined),
    setVolumeLimits: note("limit", undefined),
    ...answers,
  });
  return { it, asked };
}

const WORK: Readonly<Record<string, (volumes: InstanceVolumes) => Promise<unknown>>> = {
  attach: (volumes) => volumes.attach(VOLUME),
  detach: (volumes) => volumes.detach("vol-2"),
  resize: (volumes) => volumes.resize("vol-2", 4096),
  grow: (volumes) => volumes.growFileSystem("vol-2"),
  snapshot: (volumes) => volumes.snapshot([{ volumeId: "vol-2", snapshotId: "snap-1" }], { freeze: true }),
  limit: (volumes) => volumes.setLimits("vol-2", { iops: 100, bytesPerSecond: null }),
};

describe("L13 the volumes of a running instance", () => {
  it("F40 F41 F42 F47 F49 F50 are worked on by its machine", async () => {
    const { it, asked } = await running();
    expect(await it.volumes.attach(VOLUME)).toEqual({ guestDevice: "vdb" });
    await it.volumes.detach("vol-2", true);
    await it.volumes.resize("vol-2", 4096);
    expect(await it.volumes.growFileSystem("vol-2")).toEqual(GROWN);
    await it.volumes.snapshot([{ volumeId: "vol-2", snapshotId: "snap-1" }], { freeze: true });
    await it.volumes.setLimits("vol-2", { iops: 100, bytesPerSecond: null });
    expect(asked).toEqual([
      ["attach", VOLUME],
      ["detach", { volumeId: "vol-2", force: true }],
      ["resize", { volumeId: "vol-2", sizeBytes: 4096 }],
      ["grow", { volumeId: "vol-2" }],
      ["snapshot", { volumes: [{ volumeId: "vol-2", snapshotId: "snap-1" }], freeze: true }],
      ["limit", { volumeId: "vol-2", iops: 100, bytesPerSecond: null }],
    ]);
    expect(it.state).toBe("running");
  });

  it("F40 have the names that the guest gives them when it comes up", async () => {
    await running();
    machines.last.hear({ type: "disks", names: { "vol-2": "vdb" } });
    expect(names).toEqual([{ "vol-2": "vdb" }]);
  });

  it("keep their machine's errors", async () => {
    const busy = new CloudError("VolumeInUse", "mounted", { mountPoints: ["/mnt"] });
    const { it } = await running({ detachVolume: () => Promise.reject(busy) });
    await expect(it.volumes.detach("vol-2")).rejects.toBe(busy);
    expect(it.state).toBe("running");
  });

  for (const [name, work] of Object.entries(WORK)) {
    it(`${name} is IncorrectInstanceState when the machine goes down meanwhile`, async () => {
      const never = () => new Promise<never>(() => {});
      const { it } = await running({
        attachVolume: never,
        detachVolume: never,
        resizeVolume: never,
        growFileSystem: never,
        snapshotVolumes: never,
        setVolumeLimits: never,
      });
      const outcome = expect(work(it.volumes)).rejects.toMatchObject({
        code: "IncorrectInstanceState",
        details: { instanceId: "i-1", state: "stopped" },
      });
      machines.last.hear({ type: "powered-off" });
      await outcome;
    });

    for (const state of INSTANCE_STATES.filter((state) => state !== "running")) {
      it(`${name} is IncorrectInstanceState when it is ${state}`, async () => {
        await expect(work(actor(state).volumes)).rejects.toMatchObject({
          code: "IncorrectInstanceState",
          details: { instanceId: "i-1", state },
        });
      });
    }
  }
});
