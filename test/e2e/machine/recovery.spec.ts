import type { Worker } from "@playwright/test";
import { becomesOwner, expect, test } from "../tabs/fixtures.ts";

const RECOVERS = { maintenanceOptions: { autoRecovery: "default" } } as const;
const WRITE = "echo durable > /root/file; sync";

test.describe("L18 F08 an instance that shall recover starts again by itself", () => {
  test("after a reload of its page, with its disk; another one stays stopped", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne(RECOVERS);
    const other = await cloud.launchOne();
    await cloud.run(id, WRITE);
    await cloud.reload();
    await cloud.ready(id);
    expect(await cloud.run(id, "cat /root/file")).toBe("durable");
    expect(await cloud.facts(id)).toMatchObject({
      state: "running",
      reason: "Server.AutomaticRecovery",
      text: expect.stringContaining(
        "The page that ran the instance was closed or reloaded. It was started again by itself.",
      ),
    });
    expect(await cloud.facts(other)).toMatchObject({ state: "stopped", reason: "Server.PageClosed" });
  });

  test("when its worker has died, until it has been so too often", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne(RECOVERS);
    await cloud.run(id, WRITE);
    const killed = new Set<Worker>();
    const killWorker = async () => {
      for (const worker of cloud.page.workers()) {
        if (killed.has(worker) || (await worker.evaluate(() => self.name)) !== "tabvisor vm") continue;
        // The oldest is the instance's: the one after it waits for the next start.
        killed.add(worker);
        return await worker.evaluate(() => self.close()).catch(() => {});
      }
    };
    for (let times = 0; times < 3; times++) {
      const pending = cloud.page.evaluate((instance) => tabvisor.instances.get(instance).waitUntil("pending"), id);
      await killWorker();
      await pending;
      await cloud.ready(id);
      expect(await cloud.run(id, "cat /root/file")).toBe("durable");
      expect((await cloud.facts(id)).reason).toBe("Server.AutomaticRecovery");
    }
    await killWorker();
    await expect.poll(async () => (await cloud.facts(id)).reason).toBe("Server.AutomaticRecoveryGivenUp");
    await cloud.act(id, "start");
    await cloud.ready(id);
    expect(await cloud.run(id, "cat /root/file")).toBe("durable");
  });

  test("in the tab that takes over when its page crashes", async ({ cloud, tabs }) => {
    await cloud.open();
    const id = await cloud.launchOne(RECOVERS);
    await cloud.run(id, WRITE);
    const second = await tabs.another();
    const takesOver = becomesOwner(second);
    const session = await cloud.page.context().newCDPSession(cloud.page);
    // The renderer dies with all its workers; the call never ends.
    session.send("Page.crash").catch(() => {});
    // It is not among those that have stopped.
    expect(await takesOver).toEqual([]);
    await second.ready(id);
    expect(await second.run(id, "cat /root/file")).toBe("durable");
    expect((await second.facts(id)).reason).toBe("Server.AutomaticRecovery");
  });
});
