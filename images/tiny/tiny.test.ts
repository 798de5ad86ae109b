import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseImageManifest } from "../../src/protocol/image-manifest.ts";
import { sha256 } from "../recipe/pack.mjs";
import { facts } from "./image.mjs";
import { licences } from "./licences.mjs";
import { tree } from "./tree.mjs";

const here = import.meta.dirname;
const rootfs = join(here, "rootfs");
const nothing = Buffer.alloc(0);
const entries = tree(
  {
    init: nothing,
    agent: nothing,
    growfs: nothing,
    dropbear: nothing,
    doas: nothing,
    busybox: { program: nothing, links: ["/bin/sh", "/bin/su", "/usr/bin/passwd"] },
    busyboxSuid: { program: nothing, links: ["/bin/su", "/usr/bin/passwd"] },
  },
  rootfs,
);
const text = (path: string) => readFileSync(join(rootfs, path), "utf8");

describe("the root file system", () => {
  it("has every file of rootfs/", () => {
    const files = readdirSync(rootfs, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(rootfs.length));
    const listed = new Set(entries.map(({ path }) => path));
    expect(files.filter((path) => !listed.has(path))).toEqual([]);
  });

  it("gives root's rights to the two programs that need them, and to no other", () => {
    const raised = entries.filter(({ mode }) => ((mode ?? 0) & 0o6000) !== 0).map(({ path }) => path);
    expect(raised.sort()).toEqual(["/bin/busybox-suid", "/usr/bin/doas"]);
  });

  it("takes those commands from the set-user-ID program that need it", () => {
    const target = (path: string) => entries.find((entry) => entry.path === path)?.target;
    expect(target("/bin/su")).toBe("/bin/busybox-suid");
    expect(target("/usr/bin/passwd")).toBe("/bin/busybox-suid");
    expect(target("/bin/sh")).toBe("/bin/busybox");
  });

  it("locks all passwords, and hides them", () => {
    const fields = text("etc/shadow")
      .trim()
      .split("\n")
      .map((line) => line.split(":"));
    expect(fields.map(([name]) => name)).toEqual(
      text("etc/passwd")
        .trim()
        .split("\n")
        .map((line) => line.split(":")[0]),
    );
    expect(fields.every(([, password]) => password === "!")).toBe(true);
    expect(entries.find(({ path }) => path === "/etc/shadow")?.mode).toBe(0o640);
  });

  it("F10: asks the metadata service when there is a network, in programs that can be run", () => {
    expect(facts.firstStart).toBe("metadata");
    expect(text("etc/rc.network")).toMatch(/^udhcpc .*\nfirst-start /m);
    for (const path of ["/etc/rc.network", "/usr/sbin/first-start", "/usr/share/udhcpc/default.script"]) {
      expect(entries.find((entry) => entry.path === path)?.mode, path).toBe(0o755);
    }
    expect(entries.find(({ path }) => path === "/usr/bin/dropbearconvert")?.target).toBe("/usr/sbin/dropbear");
  });

  it("lets nobody in by password, nor root in at all", () => {
    expect(text("etc/rc.local")).toMatch(/^dropbear( -[Rsw])+$/m);
    for (const option of ["-s", "-w"]) expect(text("etc/rc.local")).toMatch(new RegExp(`^dropbear .*${option}`, "m"));
  });
});

describe("the licences", () => {
  it("have a version for every component", () => {
    const record = JSON.parse(readFileSync(join(here, "packages.json"), "utf8"));
    for (const { component, version } of licences(record)) expect(version, component).not.toBe("");
  });
});

describe("the committed image", () => {
  const dist = join(here, "dist");
  const manifest = parseImageManifest(readFileSync(join(dist, "image.json"), "utf8"), "image.json");
  const read = (path: string) => readFileSync(join(dist, path));

  it("is made of files with the hashes and sizes that its manifest says, and of no others", () => {
    const chunks = manifest.disk.chunks.flatMap((chunk) =>
      chunk ? [{ path: `chunks/${chunk.sha256}`, ...chunk }] : [],
    );
    const files = [manifest.kernel, manifest.bios, manifest.vgaBios, ...chunks];
    for (const { path, sha256: hash, bytes } of files) {
      expect(read(path).length, path).toBe(bytes);
      expect(sha256(read(path)), path).toBe(hash);
    }
    const there = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(there.length).toBe(new Set(files.map(({ path }) => path)).size + 1);
  });

  it("has chunks of the size that its manifest says", () => {
    for (const chunk of manifest.disk.chunks) {
      if (chunk) expect(gunzipSync(read(`chunks/${chunk.sha256}`)).length).toBe(manifest.disk.chunkBytes);
    }
  });

  it("is at most 8 MB", () => {
    const files = [
      manifest.kernel,
      manifest.bios,
      manifest.vgaBios,
      ...manifest.disk.chunks.filter((chunk) => chunk !== null),
    ];
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(8_000_000);
  });

  it("is of this recipe", () => {
    const { chunkBytes, agentProtocolVersion, ...said } = facts;
    expect(manifest).toMatchObject(said);
    expect(manifest.disk.chunkBytes).toBe(chunkBytes);
    expect(manifest.agent?.protocolVersion).toBe(agentProtocolVersion);
    expect(existsSync(join(here, "..", "agent", "build.sh"))).toBe(true);
  });
});
