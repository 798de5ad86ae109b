import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { GUEST_FUNCTIONS } from "./guest-functions.ts";
import { type Delivery, guestPlan } from "./guest-plan.ts";
import { guestScript } from "./guest-script.ts";

const DELIVERY: Delivery = {
  instanceId: "i-0123456789abcdef0",
  hostname: "ip-172-31-0-4",
  loginUser: "ec2-user",
  publicKey: null,
  userData: null,
  passwordHash: null,
  startsByItself: false,
};
const plan = (text: string, rest: Partial<Delivery> = {}) =>
  guestPlan({ ...DELIVERY, ...rest, userData: Buffer.from(text, "latin1").toString("base64") });

describe("what a guest is given", () => {
  it("F11: a script is run as it is, byte for byte", async () => {
    const { script, warnings, hostname } = await plan("#!/bin/sh\necho \xff\n");
    expect(Buffer.from(script ?? []).toString("latin1")).toBe("#!/bin/sh\necho \xff\n");
    expect(warnings).toEqual([]);
    expect(hostname).toBe("ip-172-31-0-4");
  });

  it("F11: the key pair's key goes before the cloud-config's", async () => {
    const { keys, hostname } = await plan("#cloud-config\nhostname: web\nssh_authorized_keys: [b]\n", {
      publicKey: "a",
    });
    expect({ keys, hostname }).toEqual({ keys: ["a", "b"], hostname: "web" });
  });

  it.each([
    ["Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n", "It is a MIME message of several parts"],
    ["MIME-Version: 1.0\n", "It is a MIME message of several parts"],
    ["#include\nhttps://example.org\n", "It is a list of addresses to fetch (#include)"],
    ["#cloud-boothook\n", "It is a boothook (#cloud-boothook)"],
    ["#cloud-config-archive\n", "It is an archive (#cloud-config-archive)"],
    ["## template: jinja\n#cloud-config\n", "It is a template (## template: …)"],
    ["\x1f\x8b\x08", "It is packed with gzip"],
    ["hello", 'It begins neither with "#!" nor with "#cloud-config"'],
    ["#cloud-configuration", 'It begins neither with "#!" nor with "#cloud-config"'],
  ])("F11: %j is told to be unsupported", async (text, why) => {
    const { warnings, script, runCommands } = await plan(text);
    expect(warnings).toEqual([`nothing of the user data is done: ${why}, which is not supported`]);
    expect({ script, runCommands }).toEqual({ script: null, runCommands: [] });
  });

  it("F11: every text is one word of the guest's script", async () => {
    const nasty = "it's $(touch /nowhere) `x` \\\" ;&|<>\t*";
    const config = { hostname: "web", users: [{ name: "bob", gecos: nasty, sudo: nasty, groups: ["g"] }] };
    const files = [{ path: `/tmp/${nasty}`, content: nasty }];
    const all = await plan(`#cloud-config\n${JSON.stringify({ ...config, write_files: files, runcmd: [[nasty]] })}`, {
      publicKey: nasty,
      passwordHash: nasty,
    });
    const script = guestScript(all);
    expect(spawnSync("sh", ["-n"], { input: script }).stderr.toString()).toBe("");
    // Only its functions: what they are called with is printed instead of done.
    const calls = script.split("\n").filter((line) => /^(?:add_|set_|put_)/.test(line) && !line.includes("()"));
    const said = spawnSync("sh", [], {
      input: `for f in add_key add_user add_to_group add_sudo set_hostname set_password; do
        eval "$f() { for w; do printf '[%s]' \\"\\$w\\"; done; echo; }"
      done
      fail() { :; }
      ${calls.filter((line) => !line.startsWith("put_")).join("\n")}`,
    }).stdout.toString();
    expect(said).toContain(`[ec2-user][${nasty}]`);
    expect(said).toContain(`[bob][][][${nasty}][][][][]`);
    expect(said).toContain(`[bob][${nasty}]`);
    expect(said.split(nasty)).toHaveLength(5);
  });

  it.each([
    ["useradd", "add_user bob '' '' '' '' '' '' ''", "[-m][bob]"],
    [
      "useradd",
      "add_user bob /srv/b /bin/sh 'B b' 2000 '' 1 1",
      "[-d][/srv/b][-s][/bin/sh][-c][B b][-u][2000][-r][-M][bob]",
    ],
    ["adduser", "add_user bob '' '' '' '' '' '' ''", "[-D][bob]"],
    [
      "adduser",
      "add_user bob /srv/b /bin/sh 'B b' 2000 '' 1 1",
      "[-D][-h][/srv/b][-s][/bin/sh][-g][B b][-u][2000][-S][-H][bob]",
    ],
  ])("F11: users are made by %s, where the system has it: %s", (program, call, args) => {
    const { stdout } = spawnSync("sh", [], {
      input: `${GUEST_FUNCTIONS}
        find_user() { return 1; }
        has() { [ "$1" = ${program} ]; }
        ${program}() { for w; do printf '[%s]' "$w"; done; }
        ${call}`,
      encoding: "utf8",
    });
    expect(stdout).toBe(args);
  });
});
