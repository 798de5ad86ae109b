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

test("F54 F55 F57 what is closed is said with what decides; a rule opens it, the review finds it and takes it back", async ({
  portal,
}) => {
  const { page } = portal;
  await portal.open("#/reachability");
  await portal.launch({ name: "web" });
  await portal.launch({ name: "db" });
  await page.getByRole("button", { name: "Destination", exact: false }).click();
  await page.getByRole("option", { name: /^db / }).click();
  await portal.button("Check").click();
  await expect(page.getByText("Not reachable", { exact: true })).toBeVisible();
  await expect(page.getByText("no inbound rule of default allows it").first()).toBeVisible();

  const groupId = await page.evaluate(async () => {
    const [card] = tabvisor.networkInterfaces.list();
    const groupId = card?.groupIds[0] ?? "";
    const rule = { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "0.0.0.0/0" };
    await tabvisor.securityGroups.authorize(groupId, "ingress", [rule]);
    return groupId;
  });
  await expect(page.getByText("Reachable", { exact: true })).toBeVisible();
  await expect(page.getByText("(SSH 22 from 0.0.0.0/0) allows it").first()).toBeVisible();
  await page.getByRole("link", { name: "default" }).first().click();
  await expect(portal.heading("default")).toBeVisible();
  expect(page.url()).toContain(`#/security-groups/${groupId}/inbound`);

  await portal.go("#/security-review");
  const row = page.getByRole("row").filter({ hasText: "lets everybody in: SSH" });
  await expect(row).toContainText("High");
  await expect(row).toContainText("web, db");
  await portal.chooseFor("lets everybody in: SSH", "Revoke the rule…");
  await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
  await expect(page.getByText("Nothing to complain of")).toBeVisible();
});

test("F52 F54 F55 the map of a VPC shows who reaches whom on a port, and the table below says the same", async ({
  portal,
}) => {
  const { page } = portal;
  await portal.open();
  await portal.launch({ name: "web" });
  await portal.launch({ name: "db" });
  const vpcId = await page.evaluate(() => tabvisor.networkInterfaces.list()[0]?.vpcId ?? "");
  await portal.go(`#/vpcs/${vpcId}/map`);
  // The default group lets its members in, and nobody else; nothing leaves while that is off.
  const map = page.getByRole("region", { name: vpcId });
  await expect(map.getByRole("link", { name: /^web reaches db: .* allows it/ })).toBeVisible();
  await expect(
    map.getByRole("link", { name: /^This page does not reach web: .* no inbound rule of default/ }),
  ).toBeVisible();
  await expect(map.getByRole("link", { name: /^web does not reach The Internet: .* access is off/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /This page web Not reachable/ })).toBeVisible();
  await page.evaluate(async () => {
    const [card] = tabvisor.networkInterfaces.list();
    const groupId = card?.groupIds[0] ?? "";
    const rule = { protocol: "tcp", fromPort: 80, toPort: 80, cidrBlock: "203.0.113.1/32" };
    await tabvisor.securityGroups.authorize(groupId, "ingress", [rule]);
  });
  await page.getByLabel("Port", { exact: true }).fill("80");
  const arrow = map.getByRole("link", { name: /^This page reaches web: .*HTTP 80 from 203\.0\.113\.1\/32/ });
  await expect(arrow).toBeVisible();
  await expect(map.getByRole("link", { name: /^The Internet does not reach web/ })).toBeVisible();
  await arrow.focus();
  await expect(page.getByText(/^This page to web: /)).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Hop by hop", { exact: true })).toBeVisible();
});

test("F54 what a security group drops shows in the flow log at once, and is exported; what passes is captured", async ({
  portal,
}) => {
  const { page } = portal;
  // The file dialog is the browser's own: without it, the file goes to the folder of downloads.
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "showSaveFilePicker"));
  await portal.open();
  const [id = ""] = await portal.launch({ name: "web" });
  await page.evaluate((vm) => tabvisor.instances.get(vm).ready(), id);
  const card = await page.evaluate(() => tabvisor.networkInterfaces.list()[0]?.id ?? "");
  await portal.go(`#/interfaces/${card}/flow-log`);
  await expect(portal.heading(card)).toBeVisible();
  const refused = page.evaluate(
    (vm) =>
      tabvisor.instances
        .get(vm)
        .connect(4321, { timeoutMs: 2000 })
        .then(
          () => "open",
          () => "refused",
        ),
    id,
  );
  const row = page.getByRole("row").filter({ hasText: ":4321" });
  await expect(row).toContainText("REJECT");
  await expect(row).toContainText("no inbound rule of default allows it");
  expect(await refused).toBe("refused");
  const log = page.waitForEvent("download");
  await portal.button("Export").click();
  const text = await (await log).createReadStream().then(textOf);
  expect(text).toMatch(/^version account-id interface-id srcaddr/);
  expect(text).toMatch(/ 203\.0\.113\.1 172\.31\.\S+ \d+ 4321 6 \d+ \d+ \d+ \d+ REJECT OK$/m);

  await portal.go(`#/interfaces/${card}/capture`);
  await portal.button("Start capture").click();
  await expect(page.getByText("Running", { exact: true })).toBeVisible();
  await portal.exec(id, "nslookup ip-172-31-0-4.ec2.internal || true");
  await expect(page.getByText(/^[1-9]\d*$/)).toBeVisible();
  const file = page.waitForEvent("download");
  await portal.button("Stop and save").click();
  const saved = await file;
  expect(saved.suggestedFilename()).toBe(`${card}.pcapng`);
  const bytes = Buffer.from(await saved.createReadStream().then(bytesOf));
  // A section header, in little-endian order.
  expect(bytes.subarray(0, 4).toString("hex")).toBe("0a0d0d0a");
  expect(bytes.readUInt32LE(8)).toBe(0x1a2b3c4d);
});

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const textOf = async (stream: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.from(await bytesOf(stream)).toString();
