import { readFileSync } from "node:fs";
import { expect, test } from "./fixtures.ts";

test("F59 F61 a user is made, gets a policy and a key, signs in, and is refused what no policy allows; the audit log tells", async ({
  portal,
}, info) => {
  const { page } = portal;
  await portal.open("#/users");
  await portal.launch({ name: "web" });
  await portal.button("Create user").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("alice");
  await dialog.getByRole("button", { name: "Create user" }).click();
  await expect(page.getByRole("rowheader", { name: "alice", exact: true })).toBeVisible();

  await portal.go("#/policies");
  await portal.button("Create policy").click();
  await dialog.getByLabel("Name").fill("LookOnly");
  await dialog.getByLabel("JSON").fill('{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow" }] }');
  await dialog.getByRole("button", { name: "Create policy" }).click();
  await expect(dialog.getByText(/Statement\[0\]/)).toBeVisible();
  const statement = { Effect: "Allow", Action: "ec2:DescribeInstances", Resource: "*" };
  await dialog.getByLabel("JSON").fill(JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
  await dialog.getByRole("button", { name: "Create policy" }).click();
  await expect(dialog).toBeHidden();
  await page.screenshot({ path: info.outputPath("policies.png"), fullPage: true });

  await portal.go("#/users");
  await page.getByRole("radio", { name: "Select alice" }).check({ force: true });
  await portal.button("Actions").first().click();
  await page.getByRole("menuitem", { name: "Policies and groups…" }).click();
  await dialog.getByRole("button", { name: /Policies/ }).click();
  await page.getByRole("option", { name: "LookOnly" }).click();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("row", { name: /alice.*LookOnly/ })).toBeVisible();
  await page.screenshot({ path: info.outputPath("users.png"), fullPage: true });

  await portal.button("Actions").first().click();
  await page.getByRole("menuitem", { name: "Access keys…" }).click();
  await dialog.getByRole("button", { name: "Create access key" }).click();
  await expect(dialog.getByText("This is the only time that the secret is shown")).toBeVisible();
  await page.screenshot({ path: info.outputPath("key.png") });
  const secret = await dialog.getByText(/^[A-Za-z0-9+/]{40}$/).innerText();
  await dialog.getByRole("button", { name: "Sign in with it" }).click();

  await expect(page.getByRole("button", { name: /You work as alice/ })).toBeVisible();
  await portal.go("#/volumes");
  const why =
    "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: ec2:DescribeVolumes because no identity-based policy allows the ec2:DescribeVolumes action";
  await expect(page.getByText(why)).toBeVisible();
  await page.screenshot({ path: info.outputPath("denied.png"), fullPage: true });
  await portal.go("#/instances");
  await page.getByRole("checkbox", { name: "Select web" }).check({ force: true });
  await portal.act("Stop", ["web"]);
  await expect(
    page.getByText(
      /not authorized to perform: ec2:StopInstances on resource: arn:aws:ec2:us-east-1:123456789012:instance\/i-/,
    ),
  ).toBeVisible();
  await portal.go("#/audit");
  await expect(page.getByText("not authorized to perform: cloudtrail:LookupEvents")).toBeVisible();

  // At once: nothing of the log is lost with the page. It stays who it is over a reload, without its secret.
  await portal.reload();
  await expect(page.getByText("not authorized to perform: cloudtrail:LookupEvents")).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).not.toContain(secret);
  await portal.button(/You work as alice/).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: /You work as root/ })).toBeVisible();
  await page.getByLabel("User", { exact: true }).fill("alice");
  await page.getByLabel("Action", { exact: true }).fill("StopInstances");
  const denied = page.getByRole("row").filter({ hasText: "ec2:StopInstances" });
  await expect(denied).toContainText("UnauthorizedOperation");
  await expect(denied).toContainText("user/alice");
  await page.screenshot({ path: info.outputPath("audit.png"), fullPage: true });
  await page.evaluate(() => Object.assign(globalThis, { showSaveFilePicker: undefined }));
  const [download] = await Promise.all([page.waitForEvent("download"), portal.button("Export as JSON lines").click()]);
  const lines = readFileSync(await download.path(), "utf8")
    .trimEnd()
    .split("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ action: "ec2:StopInstances", errorCode: "UnauthorizedOperation" });

  // The log is kept, and who has signed out is the root user after a reload too.
  await portal.reload();
  await portal.go("#/audit");
  await expect(page.getByRole("row").filter({ hasText: "iam:CreateAccessKey" })).toBeVisible();
  await expect(page.getByRole("button", { name: /You work as root/ })).toBeVisible();
});
