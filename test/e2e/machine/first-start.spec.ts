import { expect, test } from "./fixtures.ts";

/**
 * What real guests do with what they are given at launch. `tiny` takes key and script from the metadata service; what that
 * has not, or nobody in the guest can read, comes through the agent.
 */

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIACm+uNj8x/PecB16V8E+BzKPzWmzu1kOASV29UDgrX7";

const SCRIPT = `#!/bin/sh
echo "user data speaks, as $(id -un)"
date +%s%N >> /root/runs
exit 3
`;

/** What the guest has by itself from the metadata service, it notes as cloud-init does. */
const MARKS = "ls /var/lib/cloud/instance/sem | xargs";
const BY_ITSELF = "config_scripts_user";

const CONFIG = `#cloud-config
hostname: web.example.org
ssh_authorized_keys: ["ssh-ed25519 BBBB second"]
packages: [nginx]
users:
  - default
  - name: alice
    gecos: "Alice's & co"
    uid: 2000
    groups: wheel, crew
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    ssh_authorized_keys: ["ssh-ed25519 CCCC alice"]
    lock_passwd: false
    passwd: "$5$salt$hash"
write_files:
  - {path: "/opt/a b/one", content: "it's\\n", permissions: "0640", owner: "alice:crew"}
  - {path: "/opt/a b/one", content: "more\\n", append: true, permissions: "0640", owner: "alice:crew"}
  - {path: /opt/two, encoding: b64, content: AAEC/w==, permissions: "0755"}
  - {path: /opt/three, encoding: gz+b64, content: H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==}
bootcmd:
  - echo "boot $INSTANCE_ID" >> /root/boots
runcmd:
  - name=alice
  - echo "run by $(id -un) for $name" > /root/ran
  - [touch, "/root/with space"]
  - sleep 600 &
`;

test.describe("F10: the first start", () => {
  test("F62 F10: a key pair's key is the login user's, and sudo and ssh see it as theirs", async ({ cloud, page }) => {
    await cloud.open();
    const id = await cloud.page.evaluate(async (publicKey) => {
      await tabvisor.keyPairs.import({ name: "mine", publicKey });
      const [vm] = await tabvisor.instances.launch({ image: "tiny", keyName: "mine" });
      if (vm === undefined) throw new Error("no instance");
      await vm.waitForFirstStart();
      return vm.id;
    }, KEY);
    expect(await cloud.run(id, "cat /home/ec2-user/.ssh/authorized_keys")).toBe(`${KEY} mine`);
    expect(await cloud.run(id, MARKS)).toBe(BY_ITSELF);
    const modes = await cloud.run(id, "stat -c '%a %U %G' /home/ec2-user/.ssh /home/ec2-user/.ssh/authorized_keys");
    expect(modes.split("\n")).toEqual(["700 ec2-user ec2-user", "600 ec2-user ec2-user"]);
    expect(await cloud.run(id, "hostname; cat /etc/hostname")).toMatch(/^(ip-172-31-\d+-\d+)\n\1$/);
    expect(await page.evaluate((i) => tabvisor.instances.get(i).firstStart, id)).toEqual({
      state: "done",
      message: null,
    });
  });

  test("F11 F10 F13: a script runs once, as root, its output in the log, where tokens are required too; not again at the next boot, but in an image's instance", async ({
    cloud,
  }) => {
    await cloud.open();
    const launch = (image: string) =>
      cloud.page.evaluate(
        async ([name, userData]) => {
          const metadataOptions = { httpTokens: "required" } as const;
          const [vm] = await tabvisor.instances.launch({ image: name, userData, metadataOptions });
          if (vm === undefined) throw new Error("no instance");
          const outcome = await vm.waitForFirstStart().then(
            () => "done",
            (error: { code: string }) => error.code,
          );
          return { id: vm.id, outcome, console: vm.console.history() };
        },
        [image, SCRIPT] as const,
      );
    const first = await launch("tiny");
    // It ended with 3: that is told, and stops nothing.
    expect(first.outcome).toBe("FirstStart.Failed");
    expect(first.console).toContain("user data speaks, as root");
    expect(first.console).toContain("FAILED: the script of the user data ended with exit status 3");
    const log = "cat /var/log/cloud-init-output.log";
    expect(await cloud.run(first.id, log)).toContain("user data speaks, as root");
    expect(await cloud.run(first.id, "cat /var/lib/cloud/instance/user-data.txt")).toBe(SCRIPT.trim());
    expect(await cloud.run(first.id, "wc -l < /root/runs")).toBe("1");
    expect(await cloud.run(first.id, MARKS)).toBe(BY_ITSELF);

    await cloud.page.evaluate(async (id) => {
      const vm = tabvisor.instances.get(id);
      await vm.stop();
      await vm.start();
      await vm.waitForFirstStart();
    }, first.id);
    expect(await cloud.run(first.id, "wc -l < /root/runs")).toBe("1");

    const image = await cloud.page.evaluate(async (instanceId) => {
      const made = await tabvisor.images.createFromInstance({ instanceId, name: "copy", noReboot: true });
      return made.id;
    }, first.id);
    const second = await launch(image);
    expect(await cloud.run(second.id, "wc -l < /root/runs")).toBe("2");
    expect(await cloud.run(second.id, "readlink /var/lib/cloud/instance")).toBe(
      `/var/lib/cloud/instances/${second.id}`,
    );
  });

  test("F10 F13: with the metadata service switched off it comes through the agent; once, whatever comes after", async ({
    cloud,
  }) => {
    await cloud.open();
    // One that ends, and one that is never ready: the page's end is the power cut.
    const [first, second] = await cloud.page.evaluate(async (publicKey) => {
      await tabvisor.keyPairs.import({ name: "mine", publicKey });
      const request = { image: "tiny", keyName: "mine" };
      const run = "#!/bin/sh\ndate +%s%N >> /root/runs\nsync\n";
      const metadataOptions = { httpEndpoint: "disabled" } as const;
      const [[one], [other]] = await Promise.all([
        tabvisor.instances.launch({ ...request, userData: run, metadataOptions }),
        tabvisor.instances.launch({ ...request, userData: `${run}sleep 10000\n` }),
      ]);
      await one?.waitForFirstStart();
      await other?.ready();
      return [one?.id ?? "", other?.id ?? ""];
    }, KEY);
    const runs = "until [ -e /root/runs ]; do sleep 0.1; done; wc -l < /root/runs";
    expect(await cloud.run(first, runs)).toBe("1");
    expect(await cloud.run(first, MARKS)).toContain("first-start");
    expect(await cloud.run(first, "cat /home/ec2-user/.ssh/authorized_keys")).toBe(`${KEY} mine`);
    expect(await cloud.run(second, runs)).toBe("1");
    expect(await cloud.run(second, MARKS)).toBe(BY_ITSELF);

    await cloud.reload();
    await cloud.page.evaluate(
      async (ids) => {
        const vms = ids.map((id) => tabvisor.instances.get(id));
        await vms[0]?.modifyMetadataOptions({ httpEndpoint: "enabled" });
        for (const vm of vms) await vm.start();
        await Promise.all(vms.map((vm) => vm.waitForFirstStart()));
      },
      [first, second],
    );
    const asked = "until [ -e /run/cloud-init/result.json ]; do sleep 0.1; done; wc -l < /root/runs";
    expect(await cloud.run(first, asked)).toBe("1");
    expect(await cloud.run(second, asked)).toBe("1");

    const boot = "cat /proc/sys/kernel/random/boot_id";
    const before = await cloud.run(second, boot);
    await cloud.act(second, "reboot");
    await expect
      .poll(() =>
        cloud.exec(second, boot).then(
          ({ stdout }) => stdout.trim(),
          () => before,
        ),
      )
      .not.toBe(before);
    expect(await cloud.run(second, asked)).toBe("1");
    expect(await cloud.run(second, "wc -l < /home/ec2-user/.ssh/authorized_keys")).toBe("1");
  });

  test("F11: a cloud-config does what it says, and tells what it does not", async ({ cloud }) => {
    await cloud.open();
    const { id, shown } = await cloud.page.evaluate(async (userData) => {
      const [vm] = await tabvisor.instances.launch({ image: "tiny", userData });
      if (vm === undefined) throw new Error("no instance");
      await vm.waitForFirstStart();
      return { id: vm.id, shown: vm.console.history() };
    }, CONFIG);
    expect(shown).toContain("first start: warning: packages is ignored");
    expect(await cloud.run(id, "hostname; grep 127.0.1.1 /etc/hosts")).toBe("web\n127.0.1.1\tweb.example.org web");
    expect(await cloud.run(id, "cat /home/ec2-user/.ssh/authorized_keys")).toBe("ssh-ed25519 BBBB second");
    expect(await cloud.run(id, "grep ^alice: /etc/passwd")).toMatch(/^alice:x:2000:\d+:Alice's & co:\/home\/alice:/);
    expect(await cloud.run(id, "cat /home/alice/.ssh/authorized_keys")).toBe("ssh-ed25519 CCCC alice");
    expect(await cloud.run(id, "id -Gn alice")).toMatch(/\bwheel\b.*\bcrew\b/);
    expect(await cloud.run(id, "grep ^alice: /etc/shadow | cut -d: -f2")).toBe("$5$salt$hash");
    expect(await cloud.run(id, "su alice -c 'sudo id -un'")).toBe("root");
    expect(await cloud.run(id, "cat '/opt/a b/one'; stat -c '%a %U:%G' '/opt/a b/one'")).toBe(
      "it's\nmore\n640 alice:crew",
    );
    expect(await cloud.run(id, "od -An -tx1 /opt/two; stat -c %a /opt/two; cat /opt/three")).toBe(
      "00 01 02 ff\n755\nhello",
    );
    expect(await cloud.run(id, "cat /root/ran; ls '/root/with space'")).toBe("run by root for alice\n/root/with space");

    await cloud.page.evaluate(async (instance) => {
      const vm = tabvisor.instances.get(instance);
      await vm.stop();
      await vm.start();
      await vm.waitForFirstStart();
    }, id);
    expect(await cloud.run(id, "wc -l < /root/boots")).toBe("2");
    expect(await cloud.run(id, "wc -l < '/opt/a b/one'")).toBe("2");
  });
});

test.describe("F63: login by password", () => {
  test("F63: is off, unless it is chosen at launch; a password that was changed in the guest stays so", async ({
    cloud,
  }) => {
    await cloud.open();
    const field = "grep ^ec2-user: /etc/shadow | cut -d: -f2";
    const plain = await cloud.launchOne();
    expect(await cloud.run(plain, field)).toBe("!");
    expect(await cloud.run(plain, "grep ^dropbear /etc/rc.local")).toContain(" -s");

    const id = await cloud.page.evaluate(async () => {
      const [vm] = await tabvisor.instances.launch({ image: "tiny", password: "Correct-horse-1" });
      if (vm === undefined) throw new Error("no instance");
      await vm.waitForFirstStart();
      return vm.id;
    });
    // As somebody who is asked for it.
    const login = (password: string) =>
      cloud.page.evaluate(
        async ([instance, text]) => {
          const vm = tabvisor.instances.get(instance);
          const { stdout } = await vm.exec("su ec2-user -c 'id -un'", { user: "nobody", stdin: `${text}\n` });
          return stdout.includes("ec2-user");
        },
        [id, password] as const,
      );
    expect(await login("Wrong-horse-1")).toBe(false);
    expect(await login("Correct-horse-1")).toBe(true);
    expect(await cloud.run(id, "grep ^dropbear /etc/rc.local")).not.toContain(" -s");

    const again = (password?: string) =>
      cloud.page.evaluate(
        async ([instance, text]) => {
          const vm = tabvisor.instances.get(instance);
          await vm.stop();
          if (text !== undefined) await vm.modify({ password: text });
          await vm.start();
          await vm.waitForFirstStart();
        },
        [id, password] as const,
      );
    await cloud.run(id, "echo 'ec2-user:Own-horse-22' | chpasswd");
    await again();
    expect(await login("Own-horse-22")).toBe(true);
    await again("Other-horse-3");
    expect(await login("Own-horse-22")).toBe(false);
    expect(await login("Other-horse-3")).toBe(true);
  });
});
