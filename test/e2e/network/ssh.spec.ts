import { expect, type Portal, test } from "../portal/fixtures.ts";
import { connectBySsh } from "./ssh-client.ts";

/** A bastion that this page may reach, and a host that only the bastion's group may. */
async function launchBastionAndInner(portal: Portal) {
  return await portal.page.evaluate(async () => {
    const { keyPairs, securityGroups, instances } = tabvisor;
    const { privateKey } = await keyPairs.create({ name: "admin", type: "ed25519" });
    const ssh = { protocol: "tcp", fromPort: 22, toPort: 22 };
    const bastionGroup = await securityGroups.create({ name: "bastion", description: "in front" });
    await securityGroups.authorize(bastionGroup.id, "ingress", [{ ...ssh, cidrBlock: "203.0.113.1/32" }]);
    const innerGroup = await securityGroups.create({ name: "inner", description: "behind" });
    await securityGroups.authorize(innerGroup.id, "ingress", [{ ...ssh, groupId: bastionGroup.id }]);
    const launch = async (name: string, groupId: string) => {
      const request = { image: "tiny", type: "v1.small", keyName: "admin", tags: { Name: name } };
      const [instance] = await instances.launch({ ...request, securityGroupIds: [groupId] });
      if (instance === undefined) throw new Error("nothing was launched");
      await instance.ready();
      await instance.waitForFirstStart();
      return { id: instance.id, privateIp: instance.privateIpAddress, groupId };
    };
    const [bastion, inner] = await Promise.all([launch("bastion", bastionGroup.id), launch("inner", innerGroup.id)]);
    return { bastion, inner, privateKey };
  });
}

/** Takes the inbound rules of a group away. */
async function close(portal: Portal, groupId: string): Promise<void> {
  await portal.page.evaluate(async (id) => {
    const rules = tabvisor.securityGroups.get(id).rules.filter(({ egress }) => !egress);
    await tabvisor.securityGroups.revoke(
      id,
      rules.map((rule) => rule.id),
    );
  }, groupId);
}

test("F55 F62 F63 from the page to a bastion by SSH, from there to a host behind it; a rule that is taken away stops new connections alone", async ({
  portal,
}) => {
  test.setTimeout(240_000);
  const { page } = portal;
  await portal.open();
  const { bastion, inner, privateKey } = await launchBastionAndInner(portal);

  // The host's key is shown at the first connection, as the guest has it.
  const dialog = await connectBySsh(portal, bastion.id, privateKey);
  await expect(dialog).toContainText("Is this the instance?", { timeout: 60_000 });
  const fingerprint = await portal.exec(
    bastion.id,
    "for key in /etc/dropbear/*_ed25519_host_key; do dropbearkey -y -f $key; done | sed -n 's/^Fingerprint: //p'",
  );
  expect(fingerprint).toMatch(/^SHA256:/);
  await expect(dialog).toContainText(fingerprint);
  await dialog.getByRole("button", { name: "Trust and connect" }).click();
  await portal.prompt();
  await portal.command("id -un; tty; stty size");
  await portal.shows(/\nec2-user\n\/dev\/pts\/\d+\n\d+ \d+\n/);

  // The page does not get to the host behind: packets are dropped, not refused.
  const refusal = await page.evaluate(
    (id) =>
      tabvisor.instances
        .get(id)
        .connect(22, { timeoutMs: 3_000 })
        .then(
          () => "connected",
          (error) => `${error.code} ${error.message}`,
        ),
    inner.id,
  );
  expect(refusal).toContain("Network.ConnectionTimedOut");
  expect(refusal).toContain(`no inbound rule of ${inner.groupId} allows it`);

  // The bastion does, by its group; with the key pair's private key, which its SSH client wants in a form of its own.
  await page.evaluate(
    async ([id, key]) => await tabvisor.instances.get(id).writeFile("/home/ec2-user/admin.pem", key),
    [bastion.id, privateKey] as const,
  );
  await portal.exec(
    bastion.id,
    "chown ec2-user /home/ec2-user/admin.pem; su ec2-user -c 'cd; dropbearconvert openssh dropbear admin.pem .ssh/id_dropbear'",
  );
  const hop = `timeout 20 ssh -y -i .ssh/id_dropbear ec2-user@${inner.privateIp}`;
  const innerName = await portal.exec(inner.id, "hostname");
  await portal.command(`clear; ${hop} hostname; echo "code $?"`);
  await portal.shows(new RegExp(`${innerName}\\ncode 0`));

  // Without the rule a new connection gets nowhere.
  await close(portal, inner.groupId);
  await portal.command(`clear; ${hop.replace("20", "4")} hostname; echo "code $?"`);
  await portal.shows(/code (?:143|124)/);
  expect(await portal.screen()).not.toContain(innerName);

  // A connection that stands goes on when its rule is gone.
  await close(portal, bastion.groupId);
  await portal.command("clear; echo still $((20 + 22))");
  await portal.shows("still 42");
});

test("F63 sessions through the agent need neither network nor key, several at once, each with a terminal of its own", async ({
  portal,
}) => {
  const { page } = portal;
  await portal.open();
  const [id = ""] = await portal.launch({ name: "web" });
  await portal.go("#/instances");
  await portal.chooseFor("web", "Connect");
  await page.getByRole("textbox", { name: "User name" }).fill("root");
  await portal.button("Start session").click({ timeout: 60_000 });
  await portal.prompt();
  await portal.command("tty; id -un; echo $$ > /tmp/first");
  await portal.shows(/\/dev\/pts\/0\nroot\n/);
  await page.setViewportSize({ width: 900, height: 700 });
  await expect.poll(() => portal.exec(id, "stty -F /dev/pts/0 size")).toMatch(/^\d+ [4-7]\d$/);
  await portal.button("New session").click();
  await page.getByRole("tabpanel", { name: "New session" }).getByRole("button", { name: "Start session" }).click();
  await expect(portal.button("Session 2 (root)")).toBeVisible();
  await expect.poll(() => portal.exec(id, "ls /dev/pts | grep -c '[0-9]' || true")).toBe("2");
  await page.getByRole("button", { name: "End Session 2" }).click();
  await expect.poll(() => portal.exec(id, "ls /dev/pts | grep -c '[0-9]' || true")).toBe("1");
  expect(await portal.exec(id, "kill -0 $(cat /tmp/first) && echo alive"), "the first one goes on").toBe("alive");
});
