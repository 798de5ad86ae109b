import type { LaunchRequest } from "../../../src/api/types.ts";
import { type CloudPage, expect, test } from "./fixtures.ts";

/** Minutes on a quiet machine are seconds; a busy one may take ten times as long. */
const BOOT_MS = 600_000;

/** What each image serves at once, asked from inside: `npm run image -- NAME` makes them, `npm run build` serves them. */
const SERVICES = {
  "debian-12": [["python3 -c 'print(6 * 7)'", /^42$/]],
  "web-server": [["curl -fsS http://127.0.0.1/", /nginx is running in this instance/]],
  "python-notebook": [
    ["curl -s -o /dev/null -w '%{http_code}' --data 1 http://127.0.0.1:8888/run", /^401$/],
    ["curl -fsS -u $USER_AND_ID --data 'x = 6' http://127.0.0.1:8888/run", /"ok": true/],
    ["curl -fsS -u $USER_AND_ID --data 'x * 7' http://127.0.0.1:8888/run", /"output": "42\\n"/],
    [
      "curl -fsS -u $USER_AND_ID --data 'import os; os._exit(3)' http://127.0.0.1:8888/run",
      /Python ended \(exit code 3\)/,
    ],
    ["curl -fsS -u $USER_AND_ID http://127.0.0.1:8888/", /<title>Python notebook<\/title>/],
  ],
  "c-toolchain": [
    ["curl -s -o /dev/null -w '%{http_code}' --data 1 http://127.0.0.1/cgi-bin/run", /^401$/],
    ["printf '#include <stdio.h>\\nint main(void) { return printf(\"%%d\\\\n\", 6 * 7); }' > /tmp/x.c", /^$/],
    ["curl -fsS -u $USER_AND_ID --data-binary @/tmp/x.c http://127.0.0.1/cgi-bin/run", /^42\nexit code 3$/],
    ["curl -fsS -u $USER_AND_ID --data-binary @/tmp/x.c 'http://127.0.0.1/cgi-bin/run?tcc'", /^42\nexit code 3$/],
    ["curl -fsS -u $USER_AND_ID --data-binary 'x' http://127.0.0.1/cgi-bin/run", /not compiled$/],
    ["curl -fsS -u $USER_AND_ID http://127.0.0.1/", /<title>C toolchain<\/title>/],
    ["cd /tmp && make -s x && ./x | cat", /^42$/],
  ],
} as const satisfies Record<string, readonly (readonly [string, RegExp])[]>;

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIACm+uNj8x/PecB16V8E+BzKPzWmzu1kOASV29UDgrX7";

const CONFIG = `#cloud-config
hostname: web
ssh_authorized_keys: ["ssh-ed25519 BBBB second"]
users:
  - default
  - name: alice
write_files:
  - {path: /opt/one, content: "it's\\n"}
runcmd:
  - date +%s%N >> /root/runs
  - echo "run by $(id -un)"
`;

async function booted(cloud: CloudPage, id: string): Promise<void> {
  await cloud.page.evaluate(([instance, timeoutMs]) => tabvisor.instances.get(instance).ready({ timeoutMs }), [
    id,
    BOOT_MS,
  ] as const);
  expect(await cloud.run(id, "systemctl is-system-running --wait; systemctl --failed --no-legend")).toBe("running");
}

test.describe("images of Debian", () => {
  test.skip(process.env.TABVISOR_FULL !== "1", "needs images that are built from Debian's packages: npm run test:full");

  for (const [image, services] of Object.entries(SERVICES)) {
    test(`F09, F28: ${image} boots to a login, and serves at once`, async ({ cloud }) => {
      test.setTimeout(4 * BOOT_MS);
      await cloud.open();
      const id = await cloud.page.evaluate(async (name) => {
        const [vm] = await tabvisor.instances.launch({
          image: name,
          type: "v1.micro",
          rootVolumeGiB: 2,
        });
        return vm?.id ?? "";
      }, image);
      await booted(cloud, id);
      await expect.poll(() => cloud.consoleText(id), { timeout: BOOT_MS }).toMatch(/admin@ip-[\d-]+.*\$ /);
      await cloud.type(id, "sudo id -u | tr 0 Z; tty\r");
      await expect.poll(() => cloud.consoleText(id), { timeout: BOOT_MS }).toMatch(/[\r\n]Z\s+\/dev\/hvc0\s/);

      // F10: names, keys and the size of the file system are the instance's own; F63: keys only, and nobody as root.
      expect(await cloud.run(id, "hostname; cat /var/lib/tabvisor/instance-id")).toMatch(new RegExp(`^ip-.*\\n${id}$`));
      expect(Number(await cloud.run(id, "stat -f -c %b /"))).toBeGreaterThan(450_000);
      expect(await cloud.run(id, "bash -c 'exec 3<>/dev/tcp/127.0.0.1/22; head -c 8 <&3'")).toBe("SSH-2.0-");
      expect(await cloud.run(id, "sshd -T | grep -iE '^(passwordauthentication|permitrootlogin)' | sort")).toBe(
        "passwordauthentication no\npermitrootlogin no",
      );
      expect(await cloud.run(id, "passwd --status root; passwd --status admin")).toMatch(/^root L .*\nadmin L /);

      for (const [command, answer] of services) {
        expect(await cloud.run(id, `USER_AND_ID=admin:${id}; ${command}`), command).toMatch(answer);
      }

      // The second boot is not a first one, and the first one ended in order.
      const keys = await cloud.run(id, "cat /etc/ssh/ssh_host_*.pub /etc/machine-id");
      await cloud.act(id, "stop");
      await cloud.waitUntil(id, "stopped", BOOT_MS);
      expect((await cloud.consoleText(id)).includes("reboot: Power down")).toBe(true);
      await cloud.act(id, "start");
      await booted(cloud, id);
      expect(await cloud.run(id, "cat /etc/ssh/ssh_host_*.pub /etc/machine-id")).toBe(keys);
      expect(await cloud.run(id, "dmesg | grep -c 'EXT4-fs (vda): recovery complete' || true")).toBe("0");
      await cloud.act(id, "terminate");
    });
  }

  const launch = (cloud: CloudPage, request: Partial<LaunchRequest>) =>
    cloud.page.evaluate(
      async ([wanted, timeoutMs]) => {
        const more = { image: "debian-12", type: "v1.micro", ...wanted };
        const [vm] = await tabvisor.instances.launch(more);
        if (vm === undefined) throw new Error("no instance");
        await vm.ready({ timeoutMs });
        await vm.waitForFirstStart({ timeoutMs });
        return { id: vm.id, console: vm.console.history() };
      },
      [request, BOOT_MS] as const,
    );
  const restart = (cloud: CloudPage, id: string) =>
    cloud.page.evaluate(
      async ([instance, timeoutMs]) => {
        const vm = tabvisor.instances.get(instance);
        await vm.stop();
        await vm.modifyMetadataOptions({ httpEndpoint: "enabled" });
        await vm.start();
        await vm.ready({ timeoutMs });
        await vm.waitForFirstStart({ timeoutMs });
      },
      [id, BOOT_MS] as const,
    );
  const marks = "ls /var/lib/cloud/instance/sem";
  const asked = "until [ -e /run/cloud-init/result.json ]; do sleep 1; done; cat /run/cloud-init/result.json";

  test("F10 F11 F13: debian-12 starts first by cloud-init, with tokens, once", async ({ cloud }) => {
    test.setTimeout(4 * BOOT_MS);
    await cloud.open();
    await cloud.page.evaluate((publicKey) => tabvisor.keyPairs.import({ name: "mine", publicKey }), KEY);
    const { id, console } = await launch(cloud, {
      keyName: "mine",
      userData: CONFIG,
      metadataOptions: { httpTokens: "required" },
    });
    expect(await cloud.run(id, asked)).toContain('"DataSourceEc2"');
    expect(console).toMatch(/Cloud-init v\..* finished at/);
    expect(console).toContain("run by root");
    expect(await cloud.run(id, marks)).toMatch(/^config_scripts_user$/m);
    expect(await cloud.run(id, marks)).not.toMatch(/^first-start$/m);
    // cloud-init has them in no order.
    expect(await cloud.run(id, "sort /home/admin/.ssh/authorized_keys")).toBe(`${KEY} mine\nssh-ed25519 BBBB second`);
    expect(await cloud.run(id, "hostname; cat /opt/one; id -un alice; wc -l < /root/runs")).toBe("web\nit's\nalice\n1");
    expect(await cloud.run(id, "cat /var/log/cloud-init-output.log")).toContain("run by root");
    await restart(cloud, id);
    expect(await cloud.run(id, `${asked} > /dev/null; wc -l < /root/runs; passwd --status admin`)).toMatch(
      /^1\nadmin L /,
    );
    await cloud.act(id, "terminate");
  });

  test("F10 F13 F63: debian-12 takes all of it through the agent where the metadata service is switched off; a password always", async ({
    cloud,
  }) => {
    test.setTimeout(4 * BOOT_MS);
    await cloud.open();
    const userData = "#!/bin/sh\ndate +%s%N >> /root/runs\n";
    const { id } = await launch(cloud, {
      password: "Correct-horse-1",
      userData,
      metadataOptions: { httpEndpoint: "disabled" },
    });
    expect(await cloud.run(id, "wc -l < /root/runs")).toBe("1");
    expect(await cloud.run(id, `ls /var/lib/cloud/instances/${id}/sem`)).toMatch(/^first-start$/m);
    expect(await cloud.run(id, "passwd --status admin; sshd -T | grep ^passwordauthentication")).toMatch(
      /^admin P .*\npasswordauthentication yes$/,
    );
    await restart(cloud, id);
    expect(await cloud.run(id, `${asked} > /dev/null; wc -l < /root/runs; passwd --status admin`)).toMatch(
      /^1\nadmin P /,
    );
    await cloud.act(id, "terminate");
  });
});
