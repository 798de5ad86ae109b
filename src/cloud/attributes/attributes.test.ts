import { beforeEach, describe, expect, it } from "vitest";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { put } from "../../store/key-value-store.ts";
import type { CloudResources } from "../assembly.ts";
import type { CloudInstance } from "../instance.ts";
import type { LaunchRequest } from "../launch-request.ts";
import { defaultAttributes } from "./attribute-record.ts";

/** What version 3 of the record had, word for word. */
const VERSION_3 = {
  reservationId: "r-0123456789abcdef0",
  launchIndex: 0,
  tags: { Name: "web" },
  clientToken: "",
  imageId: "ami-0123456789abcdef0",
  typeName: "v1.micro",
  privateIpAddress: "172.31.0.4",
  rootDevice: "/dev/vda",
  instanceStores: [],
  kernel: null,
  formerRoot: null,
  createdAt: Date.UTC(2025, 10, 21),
  launchedAt: Date.UTC(2025, 10, 21),
  terminatedAt: null,
  state: "stopped",
  stateReason: null,
  transitionReason: "",
};

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  lab.silentBrowser = true;
  cloud = await lab.open();
});

async function running(request: Partial<LaunchRequest> = {}): Promise<CloudInstance> {
  const [instance] = await cloud.instances.launch({ image: "tiny", ...request });
  await settle();
  if (instance?.state !== "running") throw new Error("it does not run");
  return instance;
}

describe("F13 F19 F21 attributes", () => {
  it("are EC2's defaults where nothing is said", async () => {
    const { attributes, userData } = await running();
    expect(attributes).toEqual(defaultAttributes("ebs"));
    expect(attributes.metadataOptions).toMatchObject({ httpTokens: "optional", httpPutResponseHopLimit: 1 });
    expect(userData).toBe(null);
  });

  it("are set at launch, changed at any time one by one, and kept over a reload", async () => {
    const { id } = await running({
      disableApiTermination: true,
      instanceInitiatedShutdownBehavior: "terminate",
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 64 },
    });
    await cloud.instances.get(id).modify({ sourceDestCheck: false });
    await cloud.instances.get(id).modifyMetadataOptions({ httpEndpoint: "disabled" });
    cloud = await lab.open();
    const { metadataOptions, ...attributes } = cloud.instances.get(id).attributes;
    expect(attributes).toEqual({
      disableApiTermination: true,
      disableApiStop: false,
      instanceInitiatedShutdownBehavior: "terminate",
      sourceDestCheck: false,
      autoRecovery: "disabled",
    });
    expect(metadataOptions).toMatchObject({
      httpTokens: "required",
      httpPutResponseHopLimit: 64,
      httpEndpoint: "disabled",
    });
  });

  it.each<[string, Partial<LaunchRequest>, string]>([
    ["a hop limit of 0", { metadataOptions: { httpPutResponseHopLimit: 0 } }, "InvalidParameterValue"],
    ["a hop limit of 65", { metadataOptions: { httpPutResponseHopLimit: 65 } }, "InvalidParameterValue"],
    ["an unknown state", { metadataOptions: { httpTokens: "never" as never } }, "InvalidParameterValue"],
    ["an unknown option", { metadataOptions: { tokens: 1 } as never }, "UnknownParameter"],
    ["an unknown behavior", { instanceInitiatedShutdownBehavior: "halt" as never }, "InvalidParameterValue"],
    ["an unknown recovery", { maintenanceOptions: { autoRecovery: "on" as never } }, "InvalidParameterValue"],
    ["a protection that is neither", { disableApiStop: "yes" as never }, "InvalidParameterValue"],
  ])("refuses %s, and launches nothing", async (_, request, code) => {
    await expect(cloud.instances.launch({ image: "tiny", ...request })).rejects.toMatchObject({ code });
    expect(cloud.instances.list()).toEqual([]);
  });

  it("nothing has changed when it cannot be stored", async () => {
    const instance = await running();
    const database = lab.disk.database("cloud");
    database.quotaBytes = 0;
    await expect(instance.modify({ disableApiStop: true })).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    expect(instance.attributes.disableApiStop).toBe(false);
  });

  it("of a terminated instance are as they were", async () => {
    const instance = await running();
    await instance.terminate();
    await expect(instance.modify({ disableApiStop: true })).rejects.toMatchObject({ code: "IncorrectInstanceState" });
  });

  it.each([
    ["ebs", []],
    ["instance-store", [{ virtualName: "root", device: "/dev/vda", sizeBytes: 1 << 20, base: { snapshotId: null } }]],
  ] as const)("of a record of before there were any are the defaults: root on %s", async (root, instanceStores) => {
    const id = "i-00000000000000001";
    const database = await lab.disk.open("cloud");
    await database.commit([put(["record", "instance", id], { version: 3, value: { ...VERSION_3, instanceStores } })]);
    cloud = await lab.open();
    expect(cloud.instances.get(id)).toMatchObject({ attributes: defaultAttributes(root), userData: null });
    expect(cloud.instances.get(id).attributes.instanceInitiatedShutdownBehavior).toBe(
      root === "ebs" ? "stop" : "terminate",
    );
  });
});

describe("F24 what changes only when stopped", () => {
  it("type, kernel and user data; the others also while it runs", async () => {
    const instance = await running();
    for (const request of [{ type: "v1.small" }, { kernelImage: "tiny" }, { commandLine: "quiet" }, { userData: "" }]) {
      await expect(instance.modify(request)).rejects.toMatchObject({
        code: "IncorrectInstanceState",
        message: `The instance '${instance.id}' is not in the 'stopped' state.`,
      });
    }
    await instance.stop();
    await instance.modify({ type: "v1.small", userData: btoa("#!/bin/sh\n") });
    expect(instance).toMatchObject({ type: { name: "v1.small" }, userData: btoa("#!/bin/sh\n") });
    await instance.modify({ userData: null });
    expect(instance.userData).toBe(null);
  });

  it("F11 user data is base64, of 16 KiB at most", async () => {
    const instance = await running();
    await instance.stop();
    await instance.modify({ userData: btoa("x".repeat(16_384)) });
    await expect(instance.modify({ userData: btoa("x".repeat(16_385)) })).rejects.toMatchObject({
      code: "InvalidParameterValue",
      message: "User data is limited to 16384 bytes",
    });
    await expect(instance.modify({ userData: "#!/bin/sh" })).rejects.toMatchObject({
      code: "InvalidUserData.Malformed",
    });
  });

  it("a kernel is the image's own again when it is reset", async () => {
    const instance = await running();
    await instance.stop();
    await instance.modify({ commandLine: "quiet" });
    expect(instance.kernel).toMatchObject({ commandLine: "quiet" });
    await instance.modify({ kernelImage: null });
    expect(instance.kernel).toBe(null);
  });
});

describe("F19 protection", () => {
  it("of termination: terminate is refused, stop is not, nor what the guest does", async () => {
    const instance = await running({ disableApiTermination: true, instanceInitiatedShutdownBehavior: "terminate" });
    await expect(instance.terminate()).rejects.toMatchObject({
      code: "OperationNotPermitted",
      message: `The instance '${instance.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    });
    await instance.stop();
    await instance.start();
    lab.machines.last.hear({ type: "powered-off" });
    await settle();
    expect(instance.state).toBe("terminated");
  });

  it("of stopping: neither stopped nor terminated, not by force either; rebooted all the same", async () => {
    const instance = await running({ disableApiStop: true });
    const message = `The instance '${instance.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`;
    await expect(instance.stop()).rejects.toMatchObject({ code: "OperationNotPermitted", message });
    await expect(instance.stop({ force: true })).rejects.toMatchObject({ code: "OperationNotPermitted" });
    await expect(instance.terminate()).rejects.toMatchObject({ code: "OperationNotPermitted" });
    await instance.reboot();
    await instance.modify({ disableApiStop: false });
    await instance.terminate();
    expect(instance.state).toBe("terminated");
  });

  it("of one: the others of its zone are spared, those of another are terminated, and it fails", async () => {
    const inZone = (zone: string, more = {}) => running({ availabilityZone: `us-east-1${zone}`, ...more });
    const instances = [await inZone("a", { disableApiTermination: true }), await inZone("a"), await inZone("b")];
    const ids = instances.map(({ id }) => id);
    await expect(cloud.instances.begin("terminate", ids)).rejects.toMatchObject({
      code: "OperationNotPermitted",
      details: { instanceId: ids[0] },
    });
    await settle();
    expect(instances.map(({ state }) => state)).toEqual(["running", "running", "terminated"]);
  });

  it("of one: none is stopped", async () => {
    const instances = [await running({ disableApiStop: true }), await running({ availabilityZone: "us-east-1b" })];
    await expect(
      cloud.instances.begin(
        "stop",
        instances.map(({ id }) => id),
      ),
    ).rejects.toMatchObject({ code: "OperationNotPermitted" });
    expect(instances.map(({ state }) => state)).toEqual(["running", "running"]);
  });

  it("is no matter of what changes nothing: a terminated instance is terminated again", async () => {
    const [free, protectedOne] = [await running(), await running({ instanceInitiatedShutdownBehavior: "terminate" })];
    await protectedOne.modify({ disableApiTermination: true });
    lab.machines.last.hear({ type: "powered-off" });
    await settle();
    const changes = await cloud.instances.begin("terminate", [free.id, protectedOne.id]);
    expect(changes.map(({ previous }) => previous)).toEqual(["running", "terminated"]);
  });
});
