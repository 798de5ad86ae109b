import { expect, test } from "../portal/fixtures.ts";

test("F52 a VPC's way to the Internet is off, and its page switches it on and says what follows", async ({
  portal,
}) => {
  const { page } = portal;
  await portal.open();
  const vpcId = await page.evaluate(() => tabvisor.vpcs.list().find(({ isDefault }) => isDefault)?.id ?? "");
  await portal.go(`#/vpcs/${vpcId}`);
  await expect(page.getByText("Off: nothing leaves for the real Internet")).toBeVisible();
  await portal.button("Change internet access").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("fail at once");
  await dialog.getByText("Packets may leave for the real Internet").click();
  await expect(dialog).toContainText("CORS");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("On: packets may leave for the real Internet")).toBeVisible();
  const outbound = await page.evaluate(
    (id) => tabvisor.internetGateways.list().find((one) => one.vpcId === id)?.outbound,
    vpcId,
  );
  expect(outbound).toBe(true);
});

test("F52 route tables and network ACLs are listed, and their pages say what they decide", async ({ portal }) => {
  const { page } = portal;
  await portal.open();
  const vpcId = await page.evaluate(() => tabvisor.vpcs.list().find(({ isDefault }) => isDefault)?.id ?? "");
  await portal.go("#/route-tables");
  await page.getByRole("row").filter({ hasText: vpcId }).getByRole("link", { name: /^rtb-/ }).click();
  await expect(page.getByRole("row", { name: /172\.31\.0\.0\/16 local Active/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /0\.0\.0\.0\/0 igw-\w+ Active/ })).toBeVisible();
  await portal.go("#/network-acls");
  await page.getByRole("row").filter({ hasText: vpcId }).getByRole("link", { name: /^acl-/ }).click();
  await expect(page.getByRole("row", { name: /100 All traffic ALL All 0\.0\.0\.0\/0 Allow/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /\* All traffic ALL All 0\.0\.0\.0\/0 Deny/ })).toBeVisible();
});
