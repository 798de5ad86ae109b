import { Portal } from "../portal/fixtures.ts";
import { Watch } from "../portal/watch.ts";
import { expect, test } from "./fixtures.ts";

test("the portal in a second tab says that it follows, works, and tells when it takes over", async ({
  cloud,
  tabs,
  context,
}) => {
  const watch = new Watch(cloud.host.url);
  await watch.watchContext(context);
  await cloud.open();
  const id = await cloud.launchOne({ name: "web" });
  await expect(cloud.page.getByText("Another tab runs this cloud")).toBeHidden();
  const second = await tabs.another();
  const { page } = second;
  const portal = new Portal(page, watch, cloud.host.url);

  const banner = page.getByText("Another tab runs this cloud");
  await expect(banner).toBeVisible();
  await expect(page.getByRole("button", { name: /dismiss/i })).toHaveCount(0);
  // The banner is there before the page's own code is.
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await portal.accessibilityProblems()).toEqual([]);

  await page.getByRole("link", { name: "web" }).click();
  await portal.prompt();
  await expect(banner).toBeVisible();
  await page.locator(".xterm").click();
  await portal.command("echo $((6 * 7)) from the other tab");
  await portal.shows("42 from the other tab");
  await portal.act("Reboot", ["web"]);
  await portal.shows("── starts again ──");
  await second.ready(id);
  await portal.prompt();
  await portal.exec(id, "echo kept > /etc/kept; sync");
  await page.screenshot({ path: test.info().outputPath("follower.png") });
  expect(await portal.accessibilityProblems()).toEqual([]);

  await cloud.page.close({ runBeforeUnload: false });
  await expect(page.getByText("This tab now runs the cloud")).toBeVisible();
  await expect(page.getByText("An instance that the other tab ran has been stopped: web.")).toBeVisible();
  await expect(banner).toBeHidden();
  await portal.isInState("Stopped");
  await page.screenshot({ path: test.info().outputPath("owner.png") });
  expect(await portal.accessibilityProblems()).toEqual([]);
  await portal.button("Start").first().click();
  await portal.isInState("Running");
  await portal.prompt();
  await page.locator(".xterm").click();
  await portal.command("cat /etc/kept");
  await portal.shows(/^kept$/m);
  expect(watch.problems, "nothing went wrong behind the scenes").toEqual([]);
});
