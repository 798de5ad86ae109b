import { readFileSync } from "node:fs";
import { expect, test } from "./fixtures.ts";

test("F62: a key pair's private key is downloaded once; a key that is none is refused in the dialog", async ({
  portal,
}) => {
  const { page } = portal;
  await portal.open("#/key-pairs");
  await portal.button("Create key pair").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("mine");
  await dialog.getByText("ED25519", { exact: true }).click();
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Create key pair" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("mine.pem");
  expect(readFileSync(await file.path(), "utf8")).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  await expect(page.getByRole("row", { name: /mine/ })).toContainText("ed25519");

  await portal.button("Import key pair").click();
  await dialog.getByLabel("Name", { exact: true }).fill("other");
  await dialog.getByLabel("Public key").fill("ssh-dss AAAA");
  await dialog.getByRole("button", { name: "Import key pair" }).click();
  await expect(dialog).toContainText("Key is not in valid OpenSSH public key format");
});

test("F12: a launch template is made from fields, gets a version, and launches", async ({ portal }) => {
  const { page } = portal;
  await portal.open("#/launch-templates");
  await portal.button("Create launch template").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("web");
  await dialog.getByLabel("User data").fill("#!/bin/sh\necho hello from the template\n");
  await dialog.getByLabel("Everything else, as JSON").fill("{");
  await dialog.getByRole("button", { name: "Create launch template" }).click();
  await expect(dialog).toContainText("Not an object in JSON");
  await dialog.getByLabel("Everything else, as JSON").fill('{"tags": {"team": "x"}}');
  await dialog.getByRole("button", { name: "Create launch template" }).click();
  await page.getByRole("row", { name: /web/ }).getByRole("radio").click();
  await portal.button("Actions").click();
  await page.getByRole("menuitem", { name: "Versions, and launch" }).click();
  await page
    .getByRole("row", { name: /default/ })
    .getByRole("radio")
    .click();
  await portal.button("Actions").nth(1).click();
  await page.getByRole("menuitem", { name: "Launch instances" }).click();
  await dialog.getByRole("button", { name: "Launch" }).click();
  await expect(portal.heading("Instances")).toBeVisible();
  const { console: shown, tags } = await page.evaluate(async () => {
    const [vm] = tabvisor.instances.list();
    if (vm === undefined) throw new Error("no instance");
    await vm.waitForFirstStart();
    return { console: vm.console.history(), tags: vm.tags };
  });
  expect(shown).toContain("hello from the template");
  expect(tags).toMatchObject({ team: "x", "aws:ec2launchtemplate:version": "1" });
});
