import type { Locator } from "@playwright/test";
import { expect, type Portal, test } from "./fixtures.ts";

/** Chooses one of a dialog's select fields. */
async function select(portal: Portal, label: string | RegExp, option: string | RegExp): Promise<void> {
  const { page } = portal;
  await page.getByRole("dialog").getByRole("button", { name: label }).click();
  await page.getByRole("option", { name: option }).first().click();
}

/** Opens a dialog by a button, fills in its fields, and waits until it is done. */
async function fill(portal: Portal, button: string, texts: Readonly<Record<string, string>>): Promise<Locator> {
  const dialog = portal.page.getByRole("dialog");
  await portal.button(button).click();
  for (const [label, text] of Object.entries(texts)) await dialog.getByLabel(label, { exact: true }).fill(text);
  return dialog;
}

async function submit(dialog: Locator, name: string): Promise<void> {
  await dialog.getByRole("button", { name, exact: true }).click();
  await expect(dialog).toBeHidden();
}

/** A VPC with two subnets, as its pages make them. */
async function makeVpc(portal: Portal): Promise<void> {
  await portal.open("#/vpcs");
  await submit(await fill(portal, "Create VPC", { Name: "lab" }), "Create VPC");
  await portal.go("#/subnets");
  for (const [name, cidr] of [
    ["front", "10.0.1.0/24"],
    ["back", "10.0.2.0/24"],
  ] as const) {
    await submit(await fill(portal, "Create subnet", { Name: name, "IPv4 CIDR block": cidr }), "Create subnet");
  }
}

test("F52 a private subnet gets a way out: internet gateway, NAT gateway in a public subnet, a route table with 0.0.0.0/0 to it", async ({
  portal,
}) => {
  const { page } = portal;
  const rowOf = (text: string) => page.getByRole("row").filter({ hasText: text });
  await makeVpc(portal);
  await expect(rowOf("10.0.2.0/24")).toContainText("None");

  // Without an internet gateway a public NAT gateway is refused, at the field that it is about.
  await portal.go("#/nat-gateways");
  let dialog = await fill(portal, "Create NAT gateway", { Name: "way-out" });
  await select(portal, /^Subnet/, "front");
  await dialog.getByRole("button", { name: "Allocate Elastic IP" }).click();
  await expect(dialog.getByRole("button", { name: /Elastic IP address 198\.18\./ })).toBeVisible();
  await dialog.getByRole("button", { name: "Create NAT gateway" }).click();
  await expect(dialog.getByText(/\(Gateway\.NotAttached\)/)).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await portal.go("#/internet-gateways");
  await submit(await fill(portal, "Create internet gateway", { Name: "door" }), "Create internet gateway");
  await portal.chooseFor("door", "Attach…");
  dialog = page.getByRole("dialog");
  await select(portal, /^VPC/, "lab");
  await submit(dialog, "Attach");
  await portal.chooseFor("door", "Add a route to it…");
  await dialog.getByText("Show the command").click();
  await expect(dialog.getByText("aws ec2 create-route")).toBeVisible();
  await submit(dialog, "Add route");
  await portal.go("#/subnets");
  await expect(rowOf("10.0.1.0/24")).toContainText("Internet gateway");

  await portal.go("#/nat-gateways");
  dialog = await fill(portal, "Create NAT gateway", { Name: "way-out" });
  await select(portal, /^Subnet/, "front");
  await select(portal, /^Elastic IP address/, /^198\.18\./);
  await submit(dialog, "Create NAT gateway");
  await expect(rowOf("way-out")).toContainText("Available");

  await portal.go("#/route-tables");
  dialog = await fill(portal, "Create route table", { Name: "private" });
  await submit(dialog, "Create route table");
  await expect(portal.heading("private")).toBeVisible();
  await portal.button("Edit subnet associations").click();
  await select(portal, /^Subnets/, "back");
  await page.keyboard.press("Escape");
  await submit(dialog, "Save associations");
  await portal.go("#/nat-gateways");
  await portal.chooseFor("way-out", "Add a route to it…");
  await select(portal, /^Route table/, "private");
  await submit(dialog, "Add route");
  await expect(rowOf("way-out")).toContainText("private");
  await portal.go("#/subnets");
  await expect(rowOf("10.0.2.0/24")).toContainText("NAT gateway");

  // A gateway that is gone leaves a route that leads nowhere.
  await portal.go("#/nat-gateways");
  await portal.chooseFor("way-out", "Delete…");
  await submit(dialog, "Delete");
  await rowOf("way-out").getByRole("link", { name: "private" }).click();
  await expect(page.getByRole("row", { name: /0\.0\.0\.0\/0 nat-\w+ Blackhole/ })).toBeVisible();

  // Routes are edited all at once; what is refused of one stands at it.
  await portal.button("Edit routes").click();
  await dialog.getByRole("textbox", { name: "Destination" }).fill("10.0.7.0/24");
  await select(portal, /^Target/, "door");
  await dialog.getByRole("button", { name: "Save routes" }).click();
  await expect(dialog.getByText(/within the VPC's own.*\(InvalidParameterValue\)/)).toBeVisible();
  await dialog.getByRole("textbox", { name: "Destination" }).fill("192.0.2.0/24");
  await submit(dialog, "Save routes");
  await expect(page.getByRole("row", { name: /192\.0\.2\.0\/24 igw-\w+ Active/ })).toBeVisible();

  await portal.choose("Set as main…");
  await submit(dialog, "Set as main");
  await expect(page.getByText("Yes: of the subnets that have no other")).toBeVisible();
});

test("F52 a network ACL is made, gets entries, and a subnet; what is refused of an entry stands at it", async ({
  portal,
}) => {
  const { page } = portal;
  await makeVpc(portal);
  await portal.go("#/network-acls");
  let dialog = await fill(portal, "Create network ACL", { Name: "tight" });
  await submit(dialog, "Create network ACL");
  await expect(portal.heading("tight")).toBeVisible();
  await portal.button("Edit inbound entries").click();
  dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add entry" }).click();
  await select(portal, /^Type/, "SSH");
  await dialog.getByRole("button", { name: "Add entry" }).click();
  await dialog.getByLabel("Port range").last().fill("1024-65535");
  await dialog.getByLabel("Rule number").last().fill("100");
  await dialog.getByRole("button", { name: "Save entries" }).click();
  await expect(dialog.getByText(/\(NetworkAclEntryAlreadyExists\)/)).toBeVisible();
  await dialog.getByLabel("Rule number").last().fill("200");
  await submit(dialog, "Save entries");
  await expect(page.getByRole("row", { name: /100 SSH TCP 22 0\.0\.0\.0\/0 Allow/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /200 Custom TCP TCP 1024-65535 0\.0\.0\.0\/0 Allow/ })).toBeVisible();
  await page.getByRole("tab", { name: "Subnets" }).click();
  await portal.button("Edit subnet associations").click();
  await select(portal, /^Subnets/, "back");
  await page.keyboard.press("Escape");
  await dialog.getByText("Show the command").click();
  await expect(dialog.getByText("aws ec2 replace-network-acl-association")).toBeVisible();
  await submit(dialog, "Save associations");
  await expect(page.getByRole("row").filter({ hasText: "10.0.2.0/24" })).toBeVisible();
});

test("F58 a network interface is made, is plugged into a guest that runs, and comes off it; the primary one does not", async ({
  portal,
}) => {
  const { page } = portal;
  const dialog = page.getByRole("dialog");
  await portal.open("#/interfaces");
  const [id = ""] = await portal.launch({ name: "web" });
  await page.evaluate((vm) => tabvisor.instances.get(vm).ready(), id);
  await portal.button("Create network interface").click();
  await dialog.getByLabel("Name").fill("second");
  await select(portal, /^Subnet/, /us-east-1a/);
  await dialog.getByLabel("Private IP").fill("10.9.9.9");
  await dialog.getByRole("button", { name: "Create network interface" }).click();
  await expect(dialog.getByText(/does not fall within.*\(InvalidParameterValue\)/)).toBeVisible();
  await dialog.getByLabel("Private IP").fill("172.31.0.99");
  await submit(dialog, "Create network interface");
  await portal.chooseFor("172.31.0.99", "Attach…");
  await select(portal, /^Instance/, "web");
  await expect(dialog.getByLabel("Device index")).toHaveValue("1");
  await submit(dialog, "Attach");
  await expect.poll(() => portal.exec(id, "ls /sys/class/net")).toContain("eth1");
  await portal.chooseFor("172.31.0.99", "Change source and destination check…");
  await dialog.getByRole("checkbox").uncheck({ force: true });
  await submit(dialog, "Save");
  await page.getByRole("row").filter({ hasText: "172.31.0.99" }).getByRole("link").first().click();
  await expect(portal.heading("second")).toBeVisible();
  await expect(page.getByText("Off", { exact: true })).toBeVisible();
  await portal.choose("Detach…");
  await submit(dialog, "Detach");
  await expect(page.getByText("It is attached to nothing.")).toBeVisible();
  await expect.poll(() => portal.exec(id, "ls /sys/class/net")).not.toContain("eth1");
});
