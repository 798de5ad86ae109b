import { expect, test } from "./fixtures.ts";

test("F24 a stopped instance gets another type and command line, and its guest sees them", async ({ portal }) => {
  await portal.open();
  const id = await portal.launchByClick();
  await portal.button("Actions").click();
  await expect(portal.page.getByRole("menuitem", { name: "Modify…" })).toHaveAttribute("aria-disabled", "true");
  await portal.page.keyboard.press("Escape");
  const before = await portal.exec(id, "cat /proc/cmdline; awk '/MemTotal/ {print $2}' /proc/meminfo");
  await portal.act("Stop", [id]);
  const dialog = await portal.choose("Modify…");
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
