import type { CloudPage } from "../machine/fixtures.ts";
import { becomesOwner, expect, test } from "./fixtures.ts";

const secondsOf = (tab: CloudPage, id: string): Promise<number> =>
  tab.page.evaluate(async (resourceId) => {
    const rows = await tabvisor.billing.usage({ resourceId });
    return rows.reduce((sum, { instanceSeconds }) => sum + instanceSeconds, 0);
  }, id);

test("F65 F66 what ran in a tab that is closed is paid for until then, and once, whichever tab goes on", async ({
  cloud,
  tabs,
}) => {
  await cloud.open();
  const began = Date.now();
  const id = await cloud.launchOne({ name: "web" });
  const follower = await tabs.another();
  const owner = await secondsOf(cloud, id);
  expect(owner).toBeGreaterThanOrEqual(60);
  // They ask one after the other: what runs goes on.
  expect(await secondsOf(follower, id)).toBeGreaterThanOrEqual(owner);
  await follower.page.evaluate(() => tabvisor.billing.setPrices({ "EBS:SnapshotUsage": 1 }));
  expect(await cloud.page.evaluate(() => tabvisor.billing.prices.prices["EBS:SnapshotUsage"])).toBe(1);

  const taken = becomesOwner(follower);
  await cloud.page.close({ runBeforeUnload: false });
  await taken;
  const ran = await secondsOf(follower, id);
  expect(ran).toBeGreaterThanOrEqual(60);
  expect(ran).toBeLessThanOrEqual(Math.max(60, Math.ceil((Date.now() - began) / 1000)));
  expect(await secondsOf(follower, id)).toBe(ran);
  await follower.act(id, "start");
  await follower.act(id, "stop");
  expect(await secondsOf(follower, id)).toBeGreaterThanOrEqual(ran + 60);
  expect(await follower.page.evaluate(() => tabvisor.billing.prices.prices["EBS:SnapshotUsage"])).toBe(1);
});
