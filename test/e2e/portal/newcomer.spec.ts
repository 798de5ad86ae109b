import { expect, test } from "./fixtures.ts";

test.describe("a newcomer", () => {
  test("has a shell by one click", async ({ portal }, testInfo) => {
    await portal.open();
    await expect(portal.page.getByText("A real Linux machine, in this tab")).toBeVisible();
    const clicked = Date.now();
    const id = await portal.launchByClick();
    testInfo.annotations.push({ type: "click to prompt", description: `${Date.now() - clicked} ms` });
    // No click into the console: it has the keyboard already.
    await portal.command("echo $((40 + 2)) is the answer; uname -sm");
    await portal.shows(/^42 is the answer$/m);
    await portal.shows(/^Linux i686$/m);
    await expect(portal.page).toHaveTitle(`${id} (running) – Tabvisor`);
    expect(await portal.exec(id, "hostname")).toMatch(/^ip-[0-9-]+$/);
  });

  test("finds what was written after stop, start and a page reload", async ({ portal }) => {
    await portal.open();
    const id = await portal.launchByClick();
    await portal.command("echo kept > ~/note && sync && echo wri''tten");
    await portal.shows(/^written$/m);

    await portal.act("Stop", [id]);
    await expect(portal.page.getByText("The instance is stopped")).toBeVisible();
    // What the console showed stays readable.
    await portal.shows(/^written$/m);
    await portal.button("Start the instance").click();
    await portal.isInState("Running");
    await portal.prompt();
    await portal.command("clear; cat ~/note; echo more >> ~/note; sync; echo wri''tten again");
    await portal.shows(/^kept\n[\s\S]*^written again$/m);

    await portal.reload();
    await expect(portal.page.getByText("The instance stopped when its page was closed")).toBeVisible();
    // The last seconds of a console may go with the page; what was there before does not.
    await portal.shows(/^written$/m);
    await portal.button("Start the instance").click();
    await portal.isInState("Running");
    await portal.prompt();
    await portal.command("clear; cat ~/note");
    await portal.shows(/^kept\nmore$/m);
  });

  test("is asked before leaving while an instance runs, and not after", async ({ portal }) => {
    await portal.open();
    const id = await portal.launchByClick();
    const asked = portal.page.waitForEvent("dialog");
    await portal.page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss();
    await portal.act("Stop", [id]);
    await expect(portal.page.getByText("The instance is stopped")).toBeVisible();
    await portal.page.close({ runBeforeUnload: true });
    await expect.poll(() => portal.page.isClosed()).toBe(true);
  });

  test("launches several from the form, and manages them in the table", async ({ portal }) => {
    await portal.open("#/launch");
    await expect(portal.page.getByText(/^Tiny|tiny/).first()).toBeVisible();
    await portal.page.getByLabel("Name").fill("pair");
    await portal.page.getByLabel("Number of instances").fill("2");
    await portal.button("Launch").click();
    await expect(portal.heading("Instances")).toBeVisible();
    await expect(portal.page.getByText("Passed")).toHaveCount(2);

    await portal.page.getByRole("checkbox", { name: "Select all instances" }).check({ force: true });
    const ids = await portal.page.evaluate(() => tabvisor.instances.list().map(({ id }) => id));
    await portal.act("Stop", ids);
    await expect(portal.page.getByRole("row", { name: /Stopped/ })).toHaveCount(2);
    await portal.button("Start").click();
    await expect(portal.page.getByRole("row", { name: /Running/ })).toHaveCount(2);
    await expect(portal.page.getByText("Passed")).toHaveCount(2);
    await portal.act("Reboot", ids);
    await expect(portal.page.getByText("Passed")).toHaveCount(2);
    await portal.act("Terminate", ids);
    await expect(portal.page.getByRole("row", { name: /Terminated/ })).toHaveCount(2);
  });
});

test.describe("refusals", () => {
  test("are shown at the field that they are about, or as a flash that says what to do", async ({ portal }) => {
    await portal.open("#/launch");
    await portal.page.getByLabel("Number of instances").fill("10000");
    await portal.button("Launch").click();
    await expect(portal.page.getByText("(InstanceLimitExceeded)", { exact: true })).toBeVisible();
    expect(await portal.page.evaluate(() => tabvisor.instances.list().length)).toBe(0);

    await portal.page.getByLabel("Number of instances").fill("1");
    await portal.button("Storage").click();
    await portal.page.getByLabel("Root volume size").fill("0.03125");
    await portal.button("Launch").click();
    await expect(portal.page.getByText("(InvalidBlockDeviceMapping)").first()).toBeVisible();
    expect(await portal.page.evaluate(() => tabvisor.instances.list().length)).toBe(0);
  });

  test("are typed for scripts in the developer tools, and are shown when nobody catches them", async ({ portal }) => {
    portal.watch.allow(/InvalidAMIID.NotFound|The image id|InvalidParameterValue|The instance type|Invalid value/);
    await portal.open();
    const codes = await portal.page.evaluate(async () => {
      const codeOf = (request: Parameters<typeof tabvisor.instances.launch>[0]) =>
        tabvisor.instances.launch(request).then(
          () => "launched",
          (error: { code: string }) => error.code,
        );
      return [
        await codeOf({ image: "no-such-image" }),
        await codeOf({ image: "tiny", type: "no-such-type" }),
        await codeOf({ image: "tiny", count: 0 }),
        await codeOf({ image: "tiny", count: 10_000 }),
      ];
    });
    expect(codes).toEqual([
      "InvalidAMIID.NotFound",
      "InvalidParameterValue",
      "InvalidParameterValue",
      "InstanceLimitExceeded",
    ]);
    await portal.page.evaluate(() => void tabvisor.instances.launch({ image: "no-such-image" }));
    await expect(portal.page.getByText("(InvalidAMIID.NotFound)", { exact: true })).toBeVisible();
  });
});
