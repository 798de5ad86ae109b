import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import { reasons } from "../../lifecycle/reasons.ts";
import { encodeError } from "../../protocol/error-codec.ts";
import type { CloudResources } from "../assembly.ts";
import type { CloudInstance } from "../instance.ts";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  cloud = await lab.open();
});

async function running(autoRecovery?: "default" | "disabled"): Promise<CloudInstance> {
  const maintenance = autoRecovery === undefined ? {} : { maintenanceOptions: { autoRecovery } };
  const [instance] = await cloud.instances.launch({ image: "tiny", ...maintenance });
  await settle();
  if (instance?.state !== "running") throw new Error("it does not run");
  return instance;
}

async function reload(): Promise<void> {
  cloud = await lab.open();
  await settle();
}

const workerDies = () =>
  lab.machines.last.hear({ type: "failed", error: encodeError(new CloudError("Server.InternalError", "died")) });
const again = (id: string) => cloud.instances.get(id);

describe("L18 F08 recovery by itself", () => {
  it("after a reload of the page: pending when the cloud is open, then running, with the reason", async () => {
    const { id } = await running("default");
    cloud = await lab.open();
    expect(again(id)).toMatchObject({ state: "pending", stateReason: { code: "Server.AutomaticRecovery" } });
    await settle();
    expect(again(id).state).toBe("running");
    expect(again(id).stateReason?.message).toContain("The page that ran the instance was closed or reloaded");
  });

  it.each([undefined, "disabled"] as const)("is not done unless it was asked for: %s", async (autoRecovery) => {
    const { id } = await running(autoRecovery);
    await reload();
    expect(again(id)).toMatchObject({ state: "stopped", stateReason: { code: "Server.PageClosed" } });
    expect(again(id).attributes.autoRecovery).toBe("disabled");
  });

  it("can be asked for while it runs, and taken back", async () => {
    const { id } = await running();
    await again(id).modifyMaintenanceOptions({ autoRecovery: "default" });
    await reload();
    expect(again(id).state).toBe("running");
    await again(id).modifyMaintenanceOptions({ autoRecovery: "disabled" });
    await reload();
    expect(again(id).state).toBe("stopped");
  });

  it("after the page was closed in order too, once", async () => {
    const { id } = await running("default");
    await cloud.instances.shutOff(reasons.pageClosed);
    expect(again(id).state).toBe("stopped");
    await reload();
    expect(again(id).state).toBe("running");
    await again(id).stop();
    await reload();
    expect(again(id).state).toBe("stopped");
  });

  it("not of what was stopping, or stopped by its guest", async () => {
    const first = await running("default");
    lab.machines.last.obeys = false;
    first.stop().catch(() => {});
    await settle();
    const second = await running("default");
    lab.machines.last.hear({ type: "powered-off" });
    await settle();
    await reload();
    expect([again(first.id).state, again(second.id).state]).toEqual(["stopped", "stopped"]);
  });

  it("when its worker died", async () => {
    const instance = await running("default");
    workerDies();
    await settle();
    expect(instance).toMatchObject({ state: "running", stateReason: { code: "Server.AutomaticRecovery" } });
  });

  it("three times in ten minutes, and no more until they are over", async () => {
    const instance = await running("default");
    for (let times = 0; times < 3; times++) {
      await reload();
      expect(again(instance.id).state).toBe("running");
    }
    workerDies();
    await settle();
    expect(again(instance.id)).toMatchObject({
      state: "stopped",
      stateReason: { code: "Server.AutomaticRecoveryGivenUp", message: expect.stringContaining("3 times in 10") },
    });
    await reload();
    expect(again(instance.id).state).toBe("stopped");
    await lab.clock.advance(10 * 60_000);
    await again(instance.id).start();
    await reload();
    expect(again(instance.id).state).toBe("running");
  });

  it("stays stopped, and says why, when there is no room any more", async () => {
    const { id } = await running("default");
    lab.limits = { ...lab.limits, maxInstances: 0 };
    await reload();
    expect(again(id)).toMatchObject({ state: "stopped", stateReason: { code: "InstanceLimitExceeded" } });
  });

  it("waits for the passphrase of its volumes' keys, over reloads too", async () => {
    await cloud.encryption.setPassphrase("correct horse battery");
    const [{ id } = { id: "" }] = await cloud.instances.launch({
      image: "tiny",
      maintenanceOptions: { autoRecovery: "default" },
      blockDevices: [{ device: "/dev/vda", ebs: { encrypted: true } }],
    });
    await again(id).waitUntil("running");
    await reload();
    await reload();
    expect(again(id)).toMatchObject({ state: "stopped", stateReason: { code: "Volume.KeyUnavailable" } });
    await cloud.encryption.unlock("correct horse battery");
    await again(id).waitUntil("running");
    expect(again(id).stateReason?.code).toBe("Server.AutomaticRecovery");
    // Only once: what is stopped then stays so.
    await again(id).stop();
    await cloud.encryption.lock();
    await cloud.encryption.unlock("correct horse battery");
    await settle();
    expect(again(id).state).toBe("stopped");
  });

  it("F32 not with a root on an instance store: nothing is left to start from", async () => {
    const { id: snapshotId } = await cloud.snapshots.import({ source: new Blob(["x".repeat(2 ** 18)]) });
    await cloud.images.register({ snapshotId, name: "store", rootDeviceType: "instance-store" });
    const maintenanceOptions = { autoRecovery: "default" } as const;
    const [{ id } = { id: "" }] = await cloud.instances.launch({ image: "store", maintenanceOptions });
    await again(id).waitUntil("running");
    await reload();
    expect(again(id)).toMatchObject({ state: "terminated", stateReason: { code: "Server.PageClosed" } });
  });

  it("counts as a start: it is launched anew, as far as its time goes", async () => {
    const { id, launchTime } = await running("default");
    await lab.clock.advance(1000);
    await reload();
    expect(again(id).launchTime.getTime()).toBeGreaterThan(launchTime.getTime());
  });
});
