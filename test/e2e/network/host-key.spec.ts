import { expect, test } from "../portal/fixtures.ts";
import { connectBySsh } from "./ssh-client.ts";

/** Of the guest's ED25519 key, as the guest itself says it. */
const FINGERPRINT = "dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key | sed -n 's/^Fingerprint: //p'";

/** Gives the guest's SSH server another ED25519 key; says its fingerprint. */
const NEW_HOST_KEY = `cd /etc/dropbear
kill $(pgrep -o dropbear)
rm dropbear_ed25519_host_key
dropbearkey -t ed25519 -f dropbear_ed25519_host_key | sed -n 's/^Fingerprint: //p'
dropbear -R -s -w`;

test("F55 F62 another host key than the known one is shown beside it: who refuses is not connected, who accepts is, and is not asked again", async ({
  portal,
}) => {
  const { page } = portal;
  await portal.open();
  const { id, privateKey } = await page.evaluate(async () => {
    const { privateKey } = await tabvisor.keyPairs.create({ name: "admin", type: "ed25519" });
    const [vm] = await tabvisor.instances.launch({
      image: "tiny",
      type: "v1.small",
      keyName: "admin",
      name: "bastion",
    });
    if (vm === undefined) throw new Error("nothing was launched");
    const [card] = tabvisor.networkInterfaces.list();
    const rule = { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "203.0.113.1/32" };
    await tabvisor.securityGroups.authorize(card?.groupIds[0] ?? "", "ingress", [rule]);
    await vm.ready();
    await vm.waitForFirstStart();
    return { id: vm.id, privateKey };
  });
  const dialog = await connectBySsh(portal, id, privateKey);
  await dialog.getByRole("button", { name: "Trust and connect" }).click();
  await portal.prompt();
  const known = await portal.exec(id, FINGERPRINT);

  const shown = await portal.exec(id, NEW_HOST_KEY);
  expect([known, shown]).toEqual([expect.stringMatching(/^SHA256:/), expect.stringMatching(/^SHA256:/)]);
  expect(shown).not.toBe(known);
  await portal.go("#/instances");
  await connectBySsh(portal, id, privateKey);
  await expect(dialog).toContainText("bastion shows another key than before");
  await expect(dialog).toContainText(known);
  await expect(dialog).toContainText(shown);
  const replace = dialog.getByRole("button", { name: "Replace the known key and connect" });
  await expect(replace).toBeDisabled();
  await dialog.getByRole("button", { name: "Do not connect" }).click();
  await expect(page.getByText("Ssh.HostKeyRefused")).toBeVisible();
  await portal.button("Connect again").click();
  await dialog.getByRole("checkbox").check({ force: true });
  await replace.click();
  await portal.prompt();
  await portal.command("clear; echo again $((20 + 3))");
  await portal.shows("again 23");
  await portal.go("#/instances");
  await connectBySsh(portal, id, privateKey);
  await portal.prompt();
});
