import { expect, test } from "./fixtures.ts";

test("F27 F34 F35 images by kind: one is copied to another region, shared, deprecated and disabled", async ({
  portal,
}) => {
  await portal.open();
  const { page } = portal;
  await portal.go("#/images");
  const copying = await portal.chooseFor("Operating systems", "Copy…");
  await copying.getByLabel("Image name").fill("mine");
  await copying.getByRole("button", { name: /^Region/ }).click();
  await page.getByRole("option", { name: "eu-west-1" }).click();
  await copying.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(copying).toBeHidden();
  await page.getByRole("tab", { name: "My images" }).click();
  const row = page.getByRole("row").filter({ hasText: "mine" });
  await expect(row).toContainText("eu-west-1");
  await expect(row).toContainText("Nobody else");

  const sharing = await portal.chooseFor("mine", "Share…");
  await sharing.getByLabel("Account").fill("12345");
  await expect(sharing).toContainText("An account's id has twelve digits.");
  await sharing.getByLabel("Account").fill("210987654321");
  await page.screenshot({ path: test.info().outputPath("share.png") });
  await sharing.getByRole("button", { name: "Share", exact: true }).click();
  await expect(row).toContainText("1 account");

  const deprecating = await portal.choose("Deprecate…");
  await deprecating.getByRole("button", { name: "Save" }).click();
  await expect(deprecating).toBeHidden();
  const disabling = await portal.choose("Disable…");
  await page.screenshot({ path: test.info().outputPath("disable.png") });
  await disabling.getByRole("button", { name: "Disable", exact: true }).click();
  await expect(row).toContainText("Disabled");
  await expect(row).toContainText("Nobody else");
  await page.screenshot({ path: test.info().outputPath("own.png") });
  const [image] = await page.evaluate(async () => (await tabvisor.images.list()).filter(({ name }) => name === "mine"));
  expect(image).toMatchObject({ state: "disabled", launchPermissions: [], region: "eu-west-1" });
  expect(image?.deprecationTime).not.toBeNull();
});
