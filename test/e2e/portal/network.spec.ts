import { expect, type Portal, test } from "./fixtures.ts";

/** Saves the rules in the dialog, and waits until they are in force. */
async function saveRules(portal: Portal): Promise<void> {
  const dialog = portal.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Save rules" }).click();
  await expect(dialog).toBeHidden();
}

test("F54 F56 a security group is made, gets rules, loses one, and goes; what is wrong stays in the dialog", async ({
  portal,
}) => {
  const { page } = portal;
  const dialog = page.getByRole("dialog");
  await portal.open("#/security-groups");
  await portal.button("Create security group").click();
  await dialog.getByLabel("Name").fill("sg-web");
  await dialog.getByLabel("Description").fill("Web servers");
  await dialog.getByRole("button", { name: "Create security group" }).click();
  await expect(dialog).toContainText("InvalidParameterValue");
  await dialog.getByLabel("Name").fill("web");
  await dialog.getByRole("button", { name: "Create security group" }).click();
  await expect(portal.heading("web")).toBeVisible();
  await expect(page.getByText("Nothing is let in.")).toBeVisible();

  await portal.button("Edit inbound rules").click();
  await dialog.getByRole("button", { name: "Add rule" }).click();
  await dialog.getByLabel("Port range").fill("8000-8100");
  await dialog.getByRole("button", { name: "Source Custom" }).click();
  await page.getByRole("option", { name: "My IP" }).click();
  await dialog.getByRole("button", { name: "Add rule" }).click();
  await dialog.getByRole("button", { name: "Type Custom TCP" }).last().click();
  await page.getByRole("option", { name: "SSH" }).click();
  await dialog.getByRole("button", { name: "Source Custom" }).click();
  await page.getByRole("option", { name: "Anywhere-IPv4" }).click();
  await dialog.getByText("Show the command").click();
  await expect(dialog.getByText("aws ec2 authorize-security-group-ingress")).toBeVisible();
  await saveRules(portal);
  await expect(
    page.getByRole("row", { name: /Custom TCP.*8000-8100.*203\.0\.113\.1\/32 \(this page\)/ }),
  ).toBeVisible();
  await expect(page.getByRole("row", { name: /SSH.*22.*0\.0\.0\.0\/0/ })).toBeVisible();

  await portal.button("Edit inbound rules").click();
  await dialog.getByRole("button", { name: "Remove" }).first().click();
  await dialog.getByLabel("Description").fill("for now");
  await saveRules(portal);
  await expect(page.getByRole("row", { name: /SSH.*for now/ })).toBeVisible();
  await expect(page.getByText("8000-8100")).toBeHidden();

  // F57: what anybody reaches is said in the list.
  await portal.go("#/security-groups");
  await expect(page.getByRole("row").filter({ hasText: "Web servers" })).toContainText("SSH");
  await portal.chooseFor("Web servers", "Delete…");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Web servers" })).toBeHidden();
});

test("F52 F53 a VPC and its subnet are made, and go; an Elastic IP address goes to an instance, whose page shows it", async ({
  portal,
}) => {
  const { page } = portal;
  const dialog = page.getByRole("dialog");
  await portal.open("#/vpcs");
  await portal.button("Create VPC").click();
  await dialog.getByLabel("Name").fill("lab");
  await dialog.getByRole("button", { name: "Create VPC" }).click();
  await expect(page.getByRole("row").filter({ hasText: "lab" })).toContainText("10.0.0.0/16");
  await portal.go("#/subnets");
  await portal.button("Create subnet").click();
  await dialog.getByLabel("IPv4 CIDR block").fill("10.1.0.0/24");
  await dialog.getByRole("button", { name: "Create subnet" }).click();
  await expect(dialog).toContainText("InvalidSubnet.Range");
  await dialog.getByLabel("IPv4 CIDR block").fill("10.0.1.0/24");
  await dialog.getByRole("button", { name: "Create subnet" }).click();
  const row = page.getByRole("row").filter({ hasText: "10.0.1.0/24" });
  await expect(row).toContainText("251");
  await portal.chooseFor("10.0.1.0/24", "Edit public IPs at launch…");
  await dialog.getByLabel("Give instances a public IP").check({ force: true });
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Yes");
  await portal.choose("Delete…");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(row).toBeHidden();

  const [id = ""] = await portal.launch({ name: "web" });
  await portal.go("#/addresses");
  await portal.button("Allocate Elastic IP address").click();
  await dialog.getByRole("button", { name: "Allocate" }).click();
  const address = page.getByRole("row").filter({ hasText: "eipalloc-" });
  const publicIp = await address.getByRole("rowheader").innerText();
  await portal.chooseFor("eipalloc-", "Associate…");
  await dialog.getByRole("button", { name: /Instance/ }).click();
  await page.getByRole("option", { name: "web" }).click();
  await dialog.getByRole("button", { name: "Associate" }).click();
  await expect(address).toContainText(id);
  await portal.go(`#/instances/${id}/networking`);
  await expect(page.getByText(publicIp)).toBeVisible();
  await portal.button("Change security groups").click();
  await expect(dialog.getByText("default", { exact: true })).toBeVisible();
});
