import { beforeEach, describe, expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { settle } from "../../../test/support/fake-clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { CloudResources } from "../assembly.ts";
import { copyFacts } from "../tabs/instance-copy.ts";

let lab: CloudLab;
let cloud: CloudResources;

beforeEach(async () => {
  lab = new CloudLab();
  cloud = await lab.open();
});

const POOL = /^198\.1[89]\.\d+\.\d+$/;

describe("F53 an instance's addresses", () => {
  it("are its own one for life, and a public one while it runs; none when it is terminated", async () => {
    const vm = await launched(cloud);
    expect(vm.privateIpAddress).toBe("172.31.0.4");
    expect(vm.publicIpAddress).toMatch(POOL);
    expect(copyFacts(vm)).toMatchObject({ publicIpAddress: vm.publicIpAddress });
    await vm.stop({ force: true });
    expect([vm.privateIpAddress, vm.publicIpAddress]).toEqual(["172.31.0.4", null]);
    await vm.start();
    expect(vm.publicIpAddress).toMatch(POOL);
    await vm.terminate();
    expect([vm.privateIpAddress, vm.publicIpAddress, vm.hostname]).toEqual([null, null, "ip-172-31-0-4"]);
  });

  it("the Elastic IP address wins over the one that was given, and stays over a stop and a reload", async () => {
    const vm = await launched(cloud);
    const other = await launched(cloud, { associatePublicIpAddress: false });
    expect(other.publicIpAddress).toBeNull();
    const changed: string[] = [];
    vm.onChange(() => changed.push("vm"));
    other.onChange(() => changed.push("other"));
    cloud.instances.onItem((id) => changed.push(id));
    const { id: allocationId, publicIp } = await cloud.addresses.allocate();
    expect(changed).toEqual([]);
    await cloud.addresses.associate({ allocationId, instanceId: vm.id });
    expect(vm.publicIpAddress).toBe(publicIp);
    expect(changed).toEqual(["vm", vm.id]);
    // Both whose it was and whose it is are told, in one go.
    const associationId = await cloud.addresses.associate({ allocationId, instanceId: other.id });
    expect([vm.publicIpAddress, other.publicIpAddress]).toEqual([null, publicIp]);
    expect(changed.slice(2).sort()).toEqual([vm.id, other.id, "other", "vm"].sort());
    await other.stop({ force: true });
    expect(other.publicIpAddress).toBe(publicIp);
    cloud = await lab.open();
    expect(cloud.instances.get(other.id).publicIpAddress).toBe(publicIp);
    await cloud.addresses.disassociate(associationId);
    expect(cloud.instances.get(other.id).publicIpAddress).toBeNull();
  });

  it("are the primary interface's, whatever others have", async () => {
    const vm = await launched(cloud, { associatePublicIpAddress: false });
    const [own] = cloud.networkInterfaces.list();
    const second = await cloud.networkInterfaces.create({ subnetId: own?.subnetId ?? "" });
    await vm.stop({ force: true });
    await cloud.networkInterfaces.attach({ networkInterfaceId: second.id, instanceId: vm.id, deviceIndex: 1 });
    const { id: allocationId } = await cloud.addresses.allocate();
    await cloud.addresses.associate({ allocationId, networkInterfaceId: second.id });
    expect([vm.privateIpAddress, vm.publicIpAddress]).toEqual(["172.31.0.4", null]);
  });

  it("of an instance that could not be stored are nobody's, and nobody is told of them", async () => {
    await launched(cloud);
    const told: string[] = [];
    cloud.instances.onItem((id) => told.push(id));
    lab.disk.database("cloud").failNext("commit", new CloudError("Store.QuotaExceeded", "full"));
    await expect(cloud.instances.launch({ image: "tiny" })).rejects.toMatchObject({ code: "Store.QuotaExceeded" });
    await settle();
    expect(told).toEqual([]);
    expect(cloud.networkInterfaces.list()).toHaveLength(1);
  });
});
