import { expect, test } from "./fixtures.ts";

test.describe("lifecycle, with real machines", () => {
  test("F10 first boot runs once per instance: host name, grown file system", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne({ rootVolumeGiB: 1 });
    expect(await cloud.run(id, "hostname")).toMatch(/^ip-172-31-\d+-\d+$/);
    const kib = Number(await cloud.run(id, "df -k / | awk 'NR==2 {print $2}'"));
    expect(kib).toBeGreaterThan(900_000);
    await cloud.run(id, "hostname changed; echo changed > /etc/hostname; sync");
    await cloud.act(id, "stop");
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await cloud.run(id, "hostname")).toBe("changed");
  });

  test("F15 F16 F17 F46 stop, start and reboot keep the disk", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.run(id, "echo precious > /root/file; sync");
    await cloud.act(id, "stop");
    expect(await cloud.facts(id)).toMatchObject({ state: "stopped", reason: "Client.UserInitiatedShutdown" });
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await cloud.run(id, "cat /root/file")).toBe("precious");
    const before = await cloud.run(id, "cat /proc/sys/kernel/random/boot_id");
    await cloud.act(id, "reboot");
    await cloud.ready(id);
    expect(await cloud.run(id, "cat /root/file")).toBe("precious");
    expect(await cloud.run(id, "cat /proc/sys/kernel/random/boot_id")).not.toBe(before);
    await cloud.act(id, "terminate");
    expect((await cloud.facts(id)).state).toBe("terminated");
  });

  test("F21 a guest that powers itself off stops its instance", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.exec(id, "nohup sh -c 'sleep 1; poweroff' >/dev/null 2>&1 &");
    await cloud.waitUntil(id, "stopped");
    expect((await cloud.facts(id)).reason).toBe("Client.InstanceInitiatedShutdown");
  });

  test("F15 halt does not stop the instance; its status is impaired", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.exec(id, "nohup sh -c 'sleep 1; halt -f' >/dev/null 2>&1 &");
    await expect.poll(async () => (await cloud.facts(id)).status, { timeout: 60_000 }).toBe("impaired");
    expect((await cloud.facts(id)).state).toBe("running");
    await cloud.page.evaluate((instance) => tabvisor.instances.get(instance).stop({ force: true }), id);
    expect((await cloud.facts(id)).state).toBe("stopped");
  });

  test("F08 a kernel panic stops the instance, says so, and keeps the disk", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.run(id, "echo kept > /root/file; sync");
    await cloud.exec(id, "nohup sh -c 'sleep 1; echo c > /proc/sysrq-trigger' >/dev/null 2>&1 &");
    await cloud.waitUntil(id, "stopped");
    expect(await cloud.facts(id)).toMatchObject({
      reason: "Client.GuestPanicked",
      text: expect.stringContaining("Kernel panic"),
    });
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await cloud.run(id, "cat /root/file")).toBe("kept");
  });

  test("text on the console that looks like a panic is none", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.run(id, "echo 'Kernel panic - not syncing: just kidding' > /dev/console; sleep 1");
    expect((await cloud.facts(id)).state).toBe("running");
    await cloud.act(id, "reboot");
    await cloud.ready(id);
    expect((await cloud.facts(id)).state).toBe("running");
  });

  test("F17 reboot -f in the guest restarts it", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    const before = await cloud.run(id, "cat /proc/sys/kernel/random/boot_id");
    await cloud.exec(id, "nohup sh -c 'sleep 1; reboot -f' >/dev/null 2>&1 &");
    await expect
      .poll(async () => await cloud.run(id, "cat /proc/sys/kernel/random/boot_id").catch(() => before), {
        timeout: 60_000,
      })
      .not.toBe(before);
    expect((await cloud.facts(id)).state).toBe("running");
  });

  test("F08 a worker that dies stops its instance visibly, at once", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    const workers = cloud.page.workers().filter((worker) => /\/entry-|vm/.test(worker.url()));
    expect(workers.length).toBeGreaterThan(0);
    // All of them: which one belongs to the instance is not to be seen from here.
    for (const worker of workers) await worker.evaluate(() => self.close()).catch(() => {});
    await cloud.waitUntil(id, "stopped", 20_000);
    expect((await cloud.facts(id)).reason).toBe("Server.InternalError");
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await cloud.run(id, "echo back")).toBe("back");
  });

  test("F03 instances of one image never see each other's files", async ({ cloud }) => {
    await cloud.open();
    const [a = "", b = ""] = await cloud.launch({ count: 2 });
    await cloud.run(a, "echo a > /root/same; sync");
    await cloud.run(b, "echo b > /root/same; sync");
    expect(await cloud.run(a, "cat /root/same")).toBe("a");
    expect(await cloud.run(b, "cat /root/same")).toBe("b");
    const c = await cloud.launchOne();
    expect((await cloud.exec(c, "cat /root/same")).exitCode).not.toBe(0);
  });

  test("L10 a reload stops what ran, with the reason; it starts again", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne({ name: "web" });
    await cloud.run(id, "echo durable > /root/file; sync");
    await cloud.reload();
    expect(await cloud.facts(id)).toMatchObject({ state: "stopped", reason: "Server.PageClosed" });
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await cloud.run(id, "cat /root/file")).toBe("durable");
  });

  test("sudo works without a password; root and password logins are locked", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    const outcome = await cloud.page.evaluate(async (instance) => {
      const vm = tabvisor.instances.get(instance);
      const sudo = await vm.exec("sudo id -u", { user: "ec2-user" });
      const shadow = await vm.exec("grep -E '^(root|ec2-user):' /etc/shadow");
      return { sudo: sudo.stdout, shadow: shadow.stdout };
    }, id);
    expect(outcome.sudo).toBe("0\n");
    for (const line of outcome.shadow.trim().split("\n")) expect(line.split(":")[1]).toMatch(/^[!*]/);
  });
});
