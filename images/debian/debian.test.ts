import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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
