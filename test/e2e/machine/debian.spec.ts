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
});
