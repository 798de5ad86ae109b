import { describe, expect, it } from "vitest";
import { readCloudConfig } from "./cloud-config.ts";

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("F11: a cloud-config", () => {
  it("is read as cloud-init does it", () => {
    const config = readCloudConfig(`#cloud-config
hostname: web.example.org
ssh_authorized_keys: [ssh-ed25519 AAAA one, ssh-ed25519 BBBB two]
users:
  - default
  - bob
  - name: alice
    gecos: Alice & co
    groups: [wheel, users]
    sudo: ALL=(ALL) NOPASSWD:ALL
    shell: /bin/sh
    uid: 2000
    lock_passwd: false
    passwd: $5$salt$hash
    ssh_authorized_keys: [ssh-ed25519 CCCC]
write_files:
  - path: /etc/one
    content: |
      text
    permissions: 0640
  - {path: /etc/two, encoding: b64, content: AAEC, permissions: "0755", owner: "alice:users", append: true}
  - {path: /etc/three, encoding: gz+b64, content: H4sI}
  - {path: /etc/four, content: !!binary AAEC}
bootcmd:
  - echo boot
runcmd:
  - echo "a b" > /tmp/x
  - [touch, /tmp/y z, 5]
`);
    expect(config).toMatchObject({
      hostname: "web",
      fqdn: "web.example.org",
      keys: ["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two"],
      bootCommands: ["echo boot"],
      runCommands: ['echo "a b" > /tmp/x', ["touch", "/tmp/y z", "5"]],
      warnings: [],
    });
    expect(config.users).toMatchObject([
      { name: "bob", groups: [], sudo: [], keys: [], locked: true, passwordHash: null, uid: null, createHome: true },
      {
        name: "alice",
        gecos: "Alice & co",
        groups: ["wheel", "users"],
        sudo: ["ALL=(ALL) NOPASSWD:ALL"],
        shell: "/bin/sh",
        uid: 2000,
        locked: false,
        passwordHash: "$5$salt$hash",
        keys: ["ssh-ed25519 CCCC"],
      },
    ]);
    expect(config.files.map(({ content: _, ...file }) => file)).toEqual([
      { path: "/etc/one", gzip: false, mode: "0640", owner: null, append: false },
      { path: "/etc/two", gzip: false, mode: "0755", owner: "alice:users", append: true },
      { path: "/etc/three", gzip: true, mode: "0644", owner: null, append: false },
      { path: "/etc/four", gzip: false, mode: "0644", owner: null, append: false },
    ]);
    expect(text(config.files[0]?.content)).toBe("text\n");
    expect(config.files[1]?.content).toEqual(Uint8Array.of(0, 1, 2));
    expect(new Uint8Array(config.files[3]?.content ?? [])).toEqual(Uint8Array.of(0, 1, 2));
  });

  it.each([
    ["packages: [nginx]", "packages is ignored: there is no network yet: nothing is installed"],
    ["swap: {filename: /swap}", "swap is ignored: it is not supported"],
    ["hostname: -web", "hostname is ignored: -web is no host name"],
    ["runcmd: echo", "runcmd is ignored: it is no list"],
    ["runcmd: [{a: 1}]", 'an item of runcmd is ignored: {"a":1} is neither text nor a list of words'],
    ["bootcmd: [[]]", "an item of bootcmd is ignored: [] is neither text nor a list of words"],
    ["users: [{name: 'a b'}]", 'an item of users is ignored: {"name":"a b"} has no name that a user can have'],
    ["users: [{name: a, expiredate: x}]", "expiredate of the user a is ignored: it is not supported"],
    ["users: [{name: a, passwd: 'a b'}]", "passwd of the user a is ignored: it is none"],
    ["users: [{name: a, uid: -1}]", "uid of the user a is ignored: -1 is no number of a user"],
    ["write_files: [{path: x}]", 'an item of write_files is ignored: {"path":"x"} has no path that begins with "/"'],
    ["write_files: [{path: /x, encoding: zip}]", "write_files /x is not written: the encoding zip is not supported"],
    [
      "write_files: [{path: /x, encoding: b64, content: '?'}]",
      "write_files /x is not written: its content is not base64",
    ],
    ["write_files: [{path: /x, content: [1]}]", "write_files /x is not written: its content is not text"],
    ["write_files: [{path: /x, owner: 'a b'}]", "write_files /x is root's: a b is no owner"],
    ["write_files: [{path: /x, source: {}}]", "source of write_files /x is ignored: it is not supported"],
    ["write_files: [{path: /x, permissions: rw}]", "the permissions of write_files /x are 0644: rw is no octal number"],
    ['ssh_authorized_keys: ["a\\nb"]', "an item of ssh_authorized_keys is ignored: a b is no line of text"],
    ["- a", "nothing of it is done: it is no map of keys and values"],
  ])("F11: %s is never passed over in silence", (line, warning) => {
    const { warnings } = readCloudConfig(`#cloud-config\n${line}\n`);
    expect(warnings).toEqual([warning]);
  });

  it("F11: what is no YAML is told, with the place", () => {
    const { warnings, runCommands } = readCloudConfig("#cloud-config\nruncmd: [a\nhostname: x\n");
    expect(runCommands).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^nothing of it is done: it is no YAML: .*at line 3/s)]);
  });

  it("F11: a bomb of aliases is no config", () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(10)}]`);
    const { warnings } = readCloudConfig(`#cloud-config\nl0: &l0 [x]\n${levels.join("\n")}\n`);
    expect(warnings).toEqual([expect.stringContaining("Excessive alias count")]);
  });

  it("F11: an empty one asks for nothing", () => {
    expect(readCloudConfig("#cloud-config\n").warnings).toEqual([]);
  });
});
