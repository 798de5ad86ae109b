import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseCatalogueFile } from "../../src/cloud/images/catalogue-file.ts";
import { image as cToolchain } from "../c-toolchain/image.mjs";
import { image as debian } from "../debian-12/image.mjs";
import { image as notebook } from "../python-notebook/image.mjs";
import { parseOptions } from "../recipe/kconfig.mjs";
import { image as webServer } from "../web-server/image.mjs";

const IMAGES = [debian, webServer, notebook, cToolchain];
const here = import.meta.dirname;
const read = (...path: string[]) => readFileSync(join(here, ...path), "utf8");
const lines = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("images of Debian", () => {
  it("F28: are in the catalogue, those with a service as the marketplace's", () => {
    const entries = parseCatalogueFile(read("..", "catalogue.json"), "catalogue.json");
    const owners = IMAGES.map(({ name }) => [name, entries.find(({ path }) => path === name)?.owner]);
    expect(owners).toEqual([
      ["debian-12", "amazon"],
      ["web-server", "aws-marketplace"],
      ["python-notebook", "aws-marketplace"],
      ["c-toolchain", "aws-marketplace"],
    ]);
  });

  it("are told apart by their folder's name and their file system's UUID, and fit into the default type", () => {
    expect(new Set(IMAGES.map(({ uuid }) => uuid)).size).toBe(IMAGES.length);
    for (const { name, directory, uuid, minimumMemoryMiB } of IMAGES) {
      expect(directory.endsWith(`/${name}`)).toBe(true);
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(minimumMemoryMiB).toBeLessThanOrEqual(128);
    }
  });

  it("name each file that a boot reads once, the base's not again", () => {
    for (const { directory } of IMAGES) {
      const own = readdirSync(directory).includes("boot-files")
        ? lines(readFileSync(join(directory, "boot-files"), "utf8"))
        : [];
      const all = [...lines(read("boot-files")), ...own];
      expect(all.filter((path) => !path.startsWith("/"))).toEqual([]);
      expect(all.length).toBe(new Set(all).size);
    }
  });

  it("F63: let nobody in by password, nor root in at all", () => {
    const config = lines(read("rootfs", "etc", "ssh", "sshd_config.d", "tabvisor.conf"));
    expect(config).toEqual(
      expect.arrayContaining(["PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin no"]),
    );
    expect(read("configure.sh")).toMatch(/^passwd --quiet --lock root$/m);
  });

  it("F10: do at their first boot what must differ, in a program that can be run", () => {
    for (const name of ["first-boot", "ssh-host-keys"]) {
      expect(statSync(join(here, "rootfs", "usr", "lib", "tabvisor", name)).mode & 0o111).toBe(0o111);
    }
    expect(read("rootfs", "etc", "systemd", "system", "tabvisor-first-boot.service")).toContain(
      "ConditionKernelCommandLine=tabvisor.instance",
    );
  });

  it("F10 F13: debian-12 starts first by cloud-init, from the metadata service and nothing else, with tokens", () => {
    const rootfs = join(debian.directory, "rootfs");
    expect(debian).toMatchObject({ firstStart: "metadata", packages: expect.arrayContaining(["cloud-init"]) });
    const config = readFileSync(join(rootfs, "etc", "cloud", "cloud.cfg.d", "90_tabvisor.cfg"), "utf8");
    const settings = parse(config);
    expect(settings).toMatchObject({
      datasource_list: ["Ec2", "None"],
      datasource: { Ec2: { metadata_urls: ["http://169.254.169.254"] } },
      system_info: { default_user: { name: "admin", lock_passwd: true } },
      ssh_deletekeys: false,
    });
    // What it does of a #cloud-config, where the agent does it for others.
    const modules = [settings.cloud_init_modules, settings.cloud_config_modules, settings.cloud_final_modules].flat();
    for (const module of ["bootcmd", "write-files", "set_hostname", "users-groups", "ssh", "runcmd", "scripts-user"]) {
      expect(modules).toContain(module);
    }
    const program = join(rootfs, "usr", "sbin", "dmidecode");
    expect(statSync(program).mode & 0o111).toBe(0o111);
    const script = readFileSync(program, "utf8").replace(
      "$(cat /proc/cmdline)",
      "tabvisor.instance=i-0123456789abcdef0",
    );
    const said = spawnSync("sh", ["-c", script, "dmidecode", "--string", "system-uuid"], { encoding: "utf8" });
    expect(said.stdout).toBe("ec201234-5678-49ab-8cde-0000000000f0\n");
  });

  it("F53: ask the network's own resolver for names, and have an address on whatever card is plugged in", () => {
    expect(lines(read("rootfs", "etc", "resolv.conf"))).toEqual(["nameserver 169.254.169.253"]);
    expect(lines(read("rootfs", "etc", "systemd", "network", "80-dhcp.network"))).toContain("Name=eth*");
  });

  it("have a kernel with what systemd needs (its README, REQUIREMENTS)", () => {
    const options = parseOptions(readFileSync(join(here, "..", "kernel", "kernel.config"), "utf8"));
    for (const option of ["DEVTMPFS", "CGROUPS", "INOTIFY_USER", "SIGNALFD", "TIMERFD", "EPOLL", "UNIX", "SYSFS"]) {
      expect(options.get(`CONFIG_${option}`), option).toBe("y");
    }
    for (const option of ["PROC_FS", "FHANDLE", "NET_NS", "SECCOMP_FILTER", "AUTOFS_FS", "TMPFS_XATTR", "CGROUP_BPF"]) {
      expect(options.get(`CONFIG_${option}`), option).toBe("y");
    }
  });
});
