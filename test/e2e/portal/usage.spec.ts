import { expect, test } from "./fixtures.ts";

test("F66 two starts within a minute are two minutes on the usage page and in the CSV file", async ({ portal }) => {
  // No dialog that only a person could answer: downloads go where the browser puts them.
  await portal.page.addInitScript(() => {
    Object.assign(globalThis, { showSaveFilePicker: undefined });
  });
  await portal.open();
  const began = Date.now();
  const id = await portal.page.evaluate(async () => {
    const [vm] = await tabvisor.instances.launch({ image: "tiny", name: "web" });
    if (vm === undefined) throw new Error("one instance expected");
    await vm.ready();
    await vm.stop({ force: true });
    await vm.start();
    await vm.stop({ force: true });
    return vm.id;
  });
  const seconds = await portal.page.evaluate(async (resourceId) => {
    const rows = await tabvisor.billing.usage({ resourceId });
    return rows.map(({ usageType, instanceSeconds }) => [usageType, instanceSeconds] as const);
  }, id);
  // Where booting alone takes minutes, the first run is longer than its minute.
  const mostSeconds = Math.max(120, 60 + Math.ceil((Date.now() - began) / 1000));
  expect(seconds).toEqual([["BoxUsage:v1.micro", expect.any(Number)]]);
  expect(seconds[0]?.[1]).toBeGreaterThanOrEqual(120);
  expect(seconds[0]?.[1]).toBeLessThanOrEqual(mostSeconds);

  await portal.go("#/usage");
  const row = portal.page.getByRole("row").filter({ hasText: id });
  await expect(row).toContainText("BoxUsage:v1.micro");
  await expect(row).toContainText(/[234] min \d+ s/);
  await expect(portal.page.getByText("Cost by day")).toBeVisible();
  const downloading = portal.page.waitForEvent("download");
  await portal.button("Download CSV").click();
  const download = await downloading;
  const stream = await download.createReadStream();
  const lines = Buffer.concat(await stream.toArray())
    .toString()
    .split("\r\n");
  expect(lines[0]).toMatch(/^Day,Account,Region,Service,UsageType,ResourceId,Name,/);
  const line = lines.find((text) => text.includes(id)) ?? "";
  expect(line).toContain(`123456789012,us-east-1,instance,BoxUsage:v1.micro,${id},web,`);

  // What is paid for does not go with the page.
  await portal.reload();
  await portal.go("#/usage");
  await expect(portal.page.getByRole("row").filter({ hasText: id })).toContainText("BoxUsage:v1.micro");
});

test("F67 a price is changed, and the launch form says what a machine costs now", async ({ portal }) => {
  await portal.open("#/usage");
  await portal.page.getByRole("radio", { name: "Select BoxUsage:v1.micro" }).check({ force: true });
  await portal.button("Edit price").click();
  const dialog = portal.page.getByRole("dialog");
  await dialog.getByLabel("Price in USD per hour").fill("-1");
  await dialog.getByRole("button", { name: "Save price" }).click();
  await expect(dialog).toContainText("InvalidParameterValue");
  await dialog.getByLabel("Price in USD per hour").fill("2");
  await dialog.getByRole("button", { name: "Save price" }).click();
  await expect(dialog).toBeHidden();
  await portal.go("#/launch");
  await expect(portal.page.getByText("$2.00 an hour while running")).toBeVisible();
});

test("F69 the root user approves a request in part, and more instances can run", async ({ portal }) => {
  await portal.open("#/quotas");
  await portal.page.getByRole("radio", { name: "Select Running instances" }).check({ force: true });
  await portal.button("Request increase").click();
  const dialog = portal.page.getByRole("dialog");
  await dialog.getByLabel("Desired value (instances)").fill("40");
  await dialog.getByLabel("Reason").fill("a class of 40");
  await dialog.getByRole("button", { name: "Send request" }).click();
  await expect(dialog).toBeHidden();
  await expect(portal.page.getByText("Pending")).toBeVisible();
  const decision = await portal.chooseFor("a class of 40", "Approve…");
  await decision.getByLabel("Value").fill("25");
  await decision.getByRole("button", { name: "Approve" }).click();
  await expect(decision).toBeHidden();
  await expect(portal.page.getByText("Partially approved")).toBeVisible();
  await expect(portal.page.getByText("25 instances, raised from 20")).toBeVisible();
  const refusal = await portal.page.evaluate(() =>
    tabvisor.instances.launch({ image: "tiny", type: "v1.nano", count: 26 }).catch((error: Error) => error.message),
  );
  expect(refusal).toContain("your current instance limit of 25 allows");
});
