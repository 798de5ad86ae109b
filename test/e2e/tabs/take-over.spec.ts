import { becomesOwner, expect, roleOf, test } from "./fixtures.ts";

/** What is written and synced before the owner goes must be there after. */
const WRITE = "dd if=/dev/urandom of=/root/kept bs=64k count=16 2>/dev/null; sync; md5sum < /root/kept";

test("a tab that is closed, killed or disposed of is followed by another one", async ({ cloud, tabs }) => {
  await cloud.open();
  const id = await cloud.launchOne({ name: "web" });
  const sum = await cloud.run(id, WRITE);
  const second = await tabs.another();
  const third = await tabs.another();

  await test.step("closed while the guest computes: one follower takes over, the other one follows it", async () => {
    // A processor that is busy is what keeps a worker from ending at once.
    await cloud.exec(id, "(while :; do :; done) > /dev/null 2>&1 &");
    const [owner, other] = [second, third];
    const stopped = becomesOwner(owner);
    await cloud.page.close({ runBeforeUnload: false });
    expect(await stopped).toEqual([id]);
    expect(await owner.facts(id)).toMatchObject({ state: "stopped", reason: "Server.PageClosed" });
    expect(await roleOf(other)).toBe("follower");
    await expect.poll(async () => (await other.facts(id)).state).toBe("stopped");
    // At once, though the worker of the tab before may be about to die.
    await owner.act(id, "start");
    await owner.ready(id);
    expect(await other.run(id, "md5sum < /root/kept")).toBe(sum);
  });

  await test.step("killed while a call is under way: the call says so, the next one is done", async () => {
    const call = third.codeOf(`await tabvisor.instances.get("${id}").exec("sleep 60")`);
    const started = third.page.evaluate(
      (instance) => tabvisor.instances.get(instance).exec("while ! pidof sleep; do :; done"),
      id,
    );
    await started;
    const session = await second.page.context().newCDPSession(second.page);
    // The renderer dies with all its workers; the promise of the call never settles.
    session.send("Page.crash").catch(() => {});
    expect(await call).toBe("Cloud.OwnerGone");
    expect(await third.page.evaluate(() => tabvisor.volumes.create({ sizeGiB: 1 }).then(({ state }) => state))).toBe(
      "available",
    );
    expect(await roleOf(third)).toBe("owner");
    await third.act(id, "start");
    await third.ready(id);
    expect(await third.run(id, "md5sum < /root/kept")).toBe(sum);
  });

  await test.step("disposed of: the cloud is closed in order, and goes on in the next tab", async () => {
    const fourth = await tabs.another();
    await third.run(id, "echo not synced > /root/late");
    const stopped = becomesOwner(fourth);
    await third.page.evaluate(() => tabvisor.dispose());
    expect(await stopped).toEqual([id]);
    expect(await fourth.page.evaluate(() => tabvisor.volumes.list().length)).toBe(2);
  });
});

test("a tab that is reloaded comes back as a follower of the tab that has taken over", async ({ cloud, tabs }) => {
  await cloud.open();
  const { id } = await cloud.page.evaluate(() => tabvisor.volumes.create({ sizeGiB: 1 }));
  const second = await tabs.another();
  const takesOver = becomesOwner(second);
  await cloud.reload();
  await takesOver;
  expect(await roleOf(cloud)).toBe("follower");
  expect(await cloud.page.evaluate((volumeId) => tabvisor.volumes.get(volumeId).state, id)).toBe("available");
});

test("a tab of another build is told which tab to reload, and works when that one is gone", async ({ cloud }) => {
  const { page, host } = cloud;
  const old = await page.context().newPage();
  await old.route("**/old.html", (route) => route.fulfill({ contentType: "text/html", body: "an older build" }));
  await old.goto(new URL("old.html", host.url).href);
  // What a tab with yesterday's build has: the cloud, and its own version in the name of a lock.
  await old.evaluate(async () => {
    const forever = () => new Promise<never>(() => {});
    for (const name of ["tabvisor-cloud-default", "tabvisor-owner default 1:yesterday.js 123"]) {
      await new Promise<void>((resolve) => {
        void navigator.locks.request(name, () => {
          resolve();
          return forever();
        });
      });
    }
  });
  await page.goto(host.url);
  await expect(page.getByText("Another tab has another version of Tabvisor")).toBeVisible();
  await expect(page.getByText("Cloud.VersionMismatch")).toBeVisible();
  await old.close();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.waitForFunction(() => globalThis.tabvisor !== undefined);
  expect(await roleOf(cloud)).toBe("owner");
});

test("in a browser without shared workers the second tab says why it cannot follow", async ({ cloud, context }) => {
  await context.addInitScript(() => Reflect.deleteProperty(globalThis, "SharedWorker"));
  await cloud.open();
  const second = await context.newPage();
  await second.goto(cloud.host.url);
  await expect(second.getByText("Tabvisor is open in another tab")).toBeVisible();
  await expect(second.getByText(/this browser has no shared workers/)).toBeVisible();
  await cloud.page.close({ runBeforeUnload: false });
  await second.getByRole("button", { name: "Try again" }).click();
  await second.waitForFunction(() => globalThis.tabvisor?.role === "owner");
});
