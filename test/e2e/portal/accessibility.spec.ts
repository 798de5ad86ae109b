import type { FakeCloud } from "../../../src/portal/testing/fake-cloud.ts";
import { expect, type Portal, test } from "./fixtures.ts";

/** Every kind of page, and what opens over it. */
const VIEWS: Readonly<Record<string, (portal: Portal) => Promise<void>>> = {
  "the empty portal": async () => {},
  "the launch form with errors": async (portal) => {
    await portal.go("#/launch");
    await portal.button("Storage").click();
    await portal.button("Network settings").click();
    await portal.page.getByLabel("Number of instances").fill("0");
    await portal.button("Launch").click();
    await expect(portal.page.getByText("Enter a whole number of at least 1.")).toBeVisible();
  },
  "a boot": async (portal) => {
    await portal.button("Launch a Linux instance").click();
    await expect(portal.page.getByText("Load the processor")).toBeVisible();
  },
  "a console": async (portal) => {
    await portal.button("Launch a Linux instance").click();
    await portal.prompt();
    await portal.command("colors");
    await portal.shows("colour 15");
  },
  "a console that speaks": async (portal) => {
    await portal.button("Launch a Linux instance").click();
    await portal.prompt();
    await portal.button("Screen reader: read the output aloud").click();
    await expect(portal.page.locator(".xterm-accessibility-tree")).toBeAttached();
    await portal.page.mouse.move(0, 0);
  },
  "a stopped instance": async (portal) => {
    await portal.button("Launch a Linux instance").click();
    await portal.prompt();
    await portal.act("Stop", ["i-"]);
    await expect(portal.page.getByText("The instance is stopped")).toBeVisible();
  },
  "the details": async (portal) => {
    const [id] = await portal.launch({ name: "web" });
    await portal.go(`#/instances/${id}/details`);
    await expect(portal.page.getByText("Root volume size")).toBeVisible();
  },
  "the table with a selection": async (portal) => {
    await portal.launch({ name: "web", count: 3 });
    await portal.page.getByRole("checkbox", { name: "Select web-2" }).check({ force: true });
  },
  "a question": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.page.getByRole("checkbox", { name: "Select web" }).check({ force: true });
    await portal.button("Terminate").click();
    await expect(portal.page.getByRole("dialog")).toBeVisible();
  },
  "a filter by properties": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.page.getByLabel("Find instances").click();
    await expect(portal.page.getByRole("option", { name: "Instance ID" })).toBeVisible();
  },
  "the tags of a volume, with the command": async (portal) => {
    await portal.page.evaluate(() => tabvisor.volumes.create({ sizeGiB: 1, name: "data" }));
    await portal.go("#/volumes");
    const dialog = await portal.chooseFor("data", "Manage tags…");
    await dialog.getByRole("button", { name: "Show the command" }).click();
    await expect(dialog.getByText("await cloud.volumes.setTags(")).toBeVisible();
  },
  "the volumes, with what can be done": async (portal) => {
    await portal.page.evaluate(() => tabvisor.volumes.create({ sizeGiB: 1, name: "data" }));
    await portal.go("#/volumes");
    await portal.page.getByRole("checkbox").last().check({ force: true });
    await portal.button("Actions").click();
    await expect(portal.page.getByRole("menuitem", { name: "Create snapshot…" })).toBeVisible();
  },
  "a form for a volume, with an error": async (portal) => {
    await portal.go("#/volumes");
    await portal.button("Create volume").click();
    const dialog = portal.page.getByRole("dialog");
    await dialog.getByLabel("Size (GiB)").fill("");
    await dialog.getByRole("button", { name: "Create volume" }).click();
    await expect(dialog.getByText("MissingParameter")).toBeVisible();
  },
  "a volume": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.snapshotOfFirstVolume();
    const id = await portal.page.evaluate(() => tabvisor.volumes.list()[0]?.id);
    await portal.go(`#/volumes/${id}`);
    await expect(portal.page.getByText("Written to now")).toBeVisible();
  },
  "the storage of an instance": async (portal) => {
    const [id] = await portal.launch({ name: "web" });
    await portal.go(`#/instances/${id}/storage`);
    await expect(portal.page.getByText("/dev/vda")).toBeVisible();
  },
  "the snapshots": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.snapshotOfFirstVolume();
    await portal.go("#/snapshots");
    await expect(portal.page.getByText("before the upgrade")).toBeVisible();
  },
  "the images": async (portal) => {
    await portal.go("#/images");
    await expect(portal.page.getByRole("cell", { name: "Available" })).toBeVisible();
  },
  "an image that is shared": async (portal) => {
    await portal.page.evaluate(() => tabvisor.images.copy({ image: "tiny", name: "mine" }));
    await portal.go("#/images");
    const dialog = await portal.chooseFor("mine", "Share…");
    await dialog.getByLabel("Account").fill("210987654321");
    await expect(dialog.getByText("Everybody")).toBeVisible();
  },
  "the marketplace": async (portal) => {
    await portal.go("#/images");
    await portal.page.getByRole("tab", { name: "Marketplace" }).click();
    await expect(portal.page.getByText("None is installed here")).toBeVisible();
  },
  "importing a disk": async (portal) => {
    await portal.go("#/snapshots");
    await portal.button("Import a disk").click();
    await expect(portal.page.getByRole("dialog").getByText("Choose a file").first()).toBeVisible();
  },
  "the backups": async (portal) => {
    await portal.go("#/backups");
    await portal.button("Create backup policy").click();
    await expect(portal.page.getByRole("dialog")).toBeVisible();
  },
  "the storage": async (portal) => {
    await portal.go("#/storage");
    await expect(portal.page.getByText("Taken by this page")).toBeVisible();
  },
  "a passphrase that is asked for": async (portal) => {
    await portal.go("#/storage");
    await portal.button("Set passphrase").click();
    await expect(portal.page.getByRole("dialog").getByText("Whoever forgets the passphrase")).toBeVisible();
  },
  "encryption that is locked": async (portal) => {
    await portal.page.evaluate(async () => {
      await tabvisor.encryption.setPassphrase("correct horse battery");
      await tabvisor.encryption.lock();
    });
    await portal.go("#/storage");
    await expect(portal.page.getByText("Encryption is locked")).toBeVisible();
    await expect(portal.page.getByText("Locked", { exact: true })).toBeVisible();
  },
  "a tab that follows another one": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.page.evaluate(() => (globalThis.tabvisor as unknown as FakeCloud).follow());
    await expect(portal.page.getByText("Another tab runs this cloud")).toBeVisible();
  },
  "a tab that has taken over": async (portal) => {
    await portal.launch({ name: "web", count: 2 });
    await expect(portal.page.getByText("Passed")).toHaveCount(2);
    await portal.page.evaluate(() => {
      const cloud = globalThis.tabvisor as unknown as FakeCloud;
      cloud.follow();
      cloud.takeOver();
    });
    await expect(portal.page.getByText("2 instances that the other tab ran have been stopped: web")).toBeVisible();
    await expect(portal.page.getByText("Another tab runs this cloud")).toBeHidden();
  },
  "an error": async (portal) => {
    portal.watch.allow(/for the flash/);
    await portal.page.evaluate(() => void Promise.reject(new Error("for the flash")));
    await expect(portal.page.getByText("for the flash")).toBeVisible();
  },
  "the quotas, with a request": async (portal) => {
    await portal.go("#/quotas");
    await portal.page.getByRole("radio", { name: "Select Running instances" }).check({ force: true });
    await portal.button("Request increase").click();
    const dialog = portal.page.getByRole("dialog");
    await dialog.getByLabel("Desired value (instances)").fill("40");
    await dialog.getByRole("button", { name: "Send request" }).click();
    await expect(portal.page.getByText("Pending")).toBeVisible();
  },
  "a decision on a request": async (portal) => {
    await portal.page.evaluate(() => tabvisor.quotas.request({ code: "running-instances", desiredValue: 40 }));
    await portal.go("#/quotas");
    await portal.chooseFor("Pending", "Approve…");
    await expect(portal.page.getByLabel("Value")).toBeVisible();
  },
  "the usage": async (portal) => {
    await portal.go("#/usage");
    await expect(portal.page.getByText("Cost by day").first()).toBeVisible();
    await expect(portal.page.getByText("web-1")).toBeVisible();
  },
  "a price": async (portal) => {
    await portal.go("#/usage");
    await portal.page.getByRole("radio", { name: "Select BoxUsage:v1.micro" }).check({ force: true });
    await portal.button("Edit price").click();
    await expect(portal.page.getByRole("dialog")).toBeVisible();
  },
  "the users, and what one may do": async (portal) => {
    await portal.page.evaluate(() => tabvisor.access.createUser({ userName: "alice" }));
    await portal.go("#/users");
    await portal.page.getByRole("radio", { name: "Select alice" }).check({ force: true });
    await portal.button("Actions").first().click();
    await portal.page.getByRole("menuitem", { name: "Policies and groups…" }).click();
    await expect(portal.page.getByRole("dialog")).toBeVisible();
  },
  "the access keys of a user": async (portal) => {
    await portal.page.evaluate(() => tabvisor.access.createUser({ userName: "alice" }));
    await portal.go("#/users");
    await portal.page.getByRole("radio", { name: "Select alice" }).check({ force: true });
    await portal.button("Actions").first().click();
    await portal.page.getByRole("menuitem", { name: "Access keys…" }).click();
    await expect(portal.page.getByText("There are none")).toBeVisible();
  },
  "the inline policies of a user": async (portal) => {
    await portal.page.evaluate(() => tabvisor.access.createUser({ userName: "alice" }));
    await portal.go("#/users");
    await portal.page.getByRole("radio", { name: "Select alice" }).check({ force: true });
    await portal.button("Actions").first().click();
    await portal.page.getByRole("menuitem", { name: "Inline policies…" }).click();
    await expect(portal.page.getByRole("dialog").getByLabel("JSON")).toBeVisible();
  },
  "the accounts": async (portal) => {
    await portal.go("#/accounts");
    await expect(portal.page.getByRole("rowheader", { name: "123456789012" })).toBeVisible();
  },
  "a password that is to be changed": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.page.evaluate(() => {
      const [vm] = (globalThis.tabvisor as unknown as FakeCloud).instances.list();
      vm?.set({ passwordSetAt: new Date(Date.now() - 100 * 86_400_000) });
    });
    await expect(portal.page.getByText("Passwords are older than 90 days")).toBeVisible();
  },
  "the policies, with the simulator": async (portal) => {
    await portal.go("#/policies");
    await expect(portal.page.getByRole("rowheader", { name: "AmazonEC2ReadOnlyAccess" })).toBeVisible();
    await expect(portal.page.getByText("Simulator")).toBeVisible();
  },
  "a policy in the editor": async (portal) => {
    await portal.go("#/policies");
    await portal.button("Create policy").click();
    await expect(portal.page.getByRole("dialog")).toBeVisible();
  },
  "the audit log": async (portal) => {
    await portal.go("#/audit");
    await expect(portal.page.getByText("IncorrectInstanceState")).toBeVisible();
  },
  "signing in as another user": async (portal) => {
    await portal.button(/You work as root/).click();
    await portal.page.getByRole("menuitem", { name: "Sign in as another user…" }).click();
    await expect(portal.page.getByRole("dialog").getByLabel("Access key ID")).toBeVisible();
  },
  "the networking of an instance, and a port that is opened": async (portal) => {
    const [id] = await portal.launch({ name: "web" });
    await portal.go(`#/instances/${id}/networking`);
    await expect(portal.page.getByText("MAC address")).toBeVisible();
    await expect(portal.page.getByText("Another sender’s address")).toBeVisible();
    await portal.button("Open a port").click();
    await expect(portal.page.getByRole("dialog").getByText("Security group")).toBeVisible();
  },
  "the ways from another instance": async (portal) => {
    const [id] = await portal.launch({ name: "web", count: 2 });
    await portal.go(`#/instances/${id}/connect`);
    await portal.page.getByRole("tab", { name: "From another instance" }).click();
    await expect(portal.page.getByText("reaches it:")).toBeVisible();
  },
  "the VPCs": async (portal) => {
    await portal.go("#/vpcs");
    await expect(portal.page.getByRole("rowheader", { name: "vpc-00000000000000001" })).toBeVisible();
  },
  "a VPC": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.go("#/vpcs/vpc-00000000000000001");
    await expect(portal.page.getByRole("rowheader", { name: "subnet-00000000000000001" })).toBeVisible();
  },
  "a subnet that is made": async (portal) => {
    await portal.go("#/subnets");
    await portal.button("Create subnet").click();
    await expect(portal.page.getByRole("dialog").getByLabel("IPv4 CIDR block")).toBeVisible();
  },
  "the security groups": async (portal) => {
    await portal.go("#/security-groups");
    await expect(portal.page.getByRole("rowheader", { name: "sg-00000000000000001" })).toBeVisible();
  },
  "a security group": async (portal) => {
    await portal.go("#/security-groups/sg-00000000000000001");
    await expect(portal.page.getByRole("cell", { name: "All traffic" })).toBeVisible();
  },
  "the rules of a security group, with one that is not complete": async (portal) => {
    await portal.go("#/security-groups/sg-00000000000000001/outbound");
    await portal.button("Edit outbound rules").click();
    const dialog = portal.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Add rule" }).click();
    await dialog.getByRole("button", { name: "Save rules" }).click();
    await expect(dialog.getByText("Enter a port, or two with a dash.")).toBeVisible();
  },
  "the Elastic IP addresses": async (portal) => {
    await portal.page.evaluate(() => tabvisor.addresses.allocate());
    await portal.go("#/addresses");
    await expect(portal.page.getByRole("rowheader", { name: "198.18.0.1" })).toBeVisible();
  },
  "the network interfaces, and one that is made": async (portal) => {
    await portal.launch({ name: "web" });
    await portal.go("#/interfaces");
    await expect(portal.page.getByRole("rowheader", { name: /^eni-/ })).toBeVisible();
    await portal.button("Create network interface").click();
    await expect(portal.page.getByRole("dialog").getByLabel("Private IP")).toBeVisible();
  },
  "a route table, and its routes with one that is not complete": async (portal) => {
    await portal.go("#/route-tables/rtb-00000000000000001");
    await expect(portal.page.getByRole("cell", { name: "igw-00000000000000001" })).toBeVisible();
    await portal.button("Edit routes").click();
    const dialog = portal.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Add route" }).click();
    await dialog.getByRole("button", { name: "Save routes" }).click();
    await expect(dialog.getByText("Choose a target.")).toBeVisible();
  },
  "a network ACL, and its entries": async (portal) => {
    await portal.go("#/network-acls/acl-00000000000000001");
    await expect(portal.page.getByRole("cell", { name: "Deny" })).toBeVisible();
    await portal.button("Edit inbound entries").click();
    await expect(portal.page.getByRole("dialog").getByRole("textbox", { name: "Rule number" })).toHaveValue("100");
  },
  "the internet gateways": async (portal) => {
    await portal.go("#/internet-gateways");
    await expect(portal.page.getByRole("rowheader", { name: "igw-00000000000000001" })).toBeVisible();
  },
  "the NAT gateways, and one that is made": async (portal) => {
    await portal.go("#/nat-gateways");
    await expect(portal.page.getByText("There are no NAT gateways.")).toBeVisible();
    await portal.button("Create NAT gateway").click();
    await expect(portal.page.getByRole("dialog").getByText("Elastic IP address")).toBeVisible();
  },
  "a VPC's internet access": async (portal) => {
    await portal.go("#/vpcs/vpc-00000000000000001");
    await portal.button("Change internet access").click();
    await expect(portal.page.getByRole("dialog").getByText("Connections to the real Internet fail")).toBeVisible();
  },
  "the reachability of an instance": async (portal) => {
    await portal.launch({ name: "web", count: 2 });
    const [from = "", to = ""] = await portal.page.evaluate(() =>
      tabvisor.networkInterfaces.list().map(({ id }) => id),
    );
    await portal.go(`#/reachability/page~${to}~tcp~22`);
    await expect(portal.page.getByText("Not reachable")).toBeVisible();
    await portal.go(`#/reachability/${from}~${to}~icmp`);
    await expect(portal.page.getByText("Reachable", { exact: true })).toBeVisible();
  },
  "the map of a VPC": async (portal) => {
    await portal.launch({ name: "web", count: 2 });
    await portal.go("#/vpcs/vpc-00000000000000001/map");
    await expect(portal.page.getByRole("link", { name: /^web reaches web-2: Security groups of web-2/ })).toBeVisible();
  },
  "the flow log of an interface": async (portal) => {
    await portal.launch({ name: "web" });
    const id = await portal.page.evaluate(() => tabvisor.networkInterfaces.list()[0]?.id);
    await portal.go(`#/interfaces/${id}/flow-log`);
    await expect(portal.page.getByText("no inbound rule of default allows it")).toBeVisible();
  },
  "the capture of an interface": async (portal) => {
    await portal.launch({ name: "web" });
    const id = await portal.page.evaluate(() => tabvisor.networkInterfaces.list()[0]?.id);
    await portal.go(`#/interfaces/${id}/capture`);
    await expect(portal.button("Start capture")).toBeVisible();
  },
  "the security review": async (portal) => {
    await portal.go("#/security-review");
    await expect(portal.page.getByRole("cell", { name: "Medium" })).toBeVisible();
  },
  "a page that is not there": async (portal) => {
    await portal.go("#/nowhere");
    await expect(portal.heading("There is no such page")).toBeVisible();
  },
};

test.describe("axe finds nothing, light and dark", () => {
  for (const [name, show] of Object.entries(VIEWS)) {
    test(name, async ({ pretended }) => {
      await pretended.page.emulateMedia({ colorScheme: "light" });
      await pretended.open();
      await show(pretended);
      const heading = pretended.page.getByRole("heading", { level: 1 });
      await expect(heading).toBeVisible();
      expect(await pretended.accessibilityProblems()).toEqual([]);
      const colour = () => heading.evaluate((element) => getComputedStyle(element).color);
      const light = await colour();
      await pretended.page.emulateMedia({ colorScheme: "dark" });
      await expect.poll(colour).not.toBe(light);
      expect(await pretended.accessibilityProblems()).toEqual([]);
    });
  }
});
