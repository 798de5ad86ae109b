import { expect, test } from "./fixtures.ts";

test("F24 a stopped instance gets another type and command line, and its guest sees them", async ({ portal }) => {
  await portal.open();
  const id = await portal.launchByClick();
  await expect(portal.button("Modify")).toBeDisabled();
  const before = await portal.exec(id, "cat /proc/cmdline; awk '/MemTotal/ {print $2}' /proc/meminfo");
  await portal.act("Stop", [id]);
  await portal.button("Modify").click();
  const dialog = portal.page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Type/ }).click();
  await portal.page.getByRole("option").filter({ hasText: "v1.small" }).click();
  const commandLine = before.split(/ ?tabvisor\./)[0] ?? "";
  await dialog.getByLabel("Command line").fill(`${commandLine} seen=yes`);
  await dialog.getByRole("button", { name: "Modify instance" }).click();
  await expect(dialog).toBeHidden();
  await portal.button("Start").click();
  await portal.prompt();
  expect(await portal.exec(id, "cat /proc/cmdline")).toContain("seen=yes");
  const memory = Number(await portal.exec(id, "awk '/MemTotal/ {print $2}' /proc/meminfo"));
  expect(memory).toBeGreaterThan(1.8 * Number(before.split("\n")[1]));
});
