import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseImageManifest } from "../../src/protocol/image-manifest.ts";
import { debugfsScript } from "./disk.mjs";
import { readTree } from "./host-tree.mjs";
import { checkConfig, overlayOptions, parseOptions } from "./kconfig.mjs";
import { makeManifest } from "./manifest.mjs";
import { packDisk, sha256 } from "./pack.mjs";
import { missingVersions, toSources } from "./packages.mjs";

const plain = (chunks: Uint8Array[]) => chunks.map((chunk) => chunk.slice());

describe("option files", () => {
  it("are read with the last value winning, and unset options as n", () => {
    const options = parseOptions('# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C="text"\nCONFIG_B=m\n# a comment\n');
    expect([...options]).toEqual([
      ["CONFIG_A", "n"],
      ["CONFIG_B", "m"],
      ["CONFIG_C", '"text"'],
    ]);
  });

  it("are laid over a configuration", () => {
    expect(overlayOptions("CONFIG_A=y\nCONFIG_B=y\n", "CONFIG_A=n\nCONFIG_C=8\n")).toBe(
      "# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C=8\n",
    );
  });

  it("are refused when an option does not take", () => {
    expect(() => checkConfig("x.config", "CONFIG_A=y\nCONFIG_B=n\n", "CONFIG_A=y\n")).not.toThrow();
    expect(() => checkConfig("x.config", "CONFIG_A=y\n", "# CONFIG_A is not set\n")).toThrow(
      expect.objectContaining({ code: "OptionRefused", message: expect.stringContaining("CONFIG_A=y came out as n") }),
    );
    expect(() => checkConfig("x.config", "CONFIG_A=n\n", "CONFIG_A=y\n")).toThrow("CONFIG_A=n came out as y");
  });
});

describe("packages", () => {
  it("names each recorded version that is gone, and what there is instead", () => {
    const missing = missingVersions({ gcc: "12", musl: "1", bc: "3" }, { gcc: ["13"], bc: ["4", "3"] });
    expect(missing).toEqual(["gcc 12 (there is: 13)", "musl 1 (there is: none)"]);
  });
});

describe("package sources", () => {
  const debian =
    "Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main\nSigned-By: /x/debian-archive-keyring.gpg";
  const other = debian.replace("debian-archive", "other");

  it("are Debian's own, asked for source packages", () => {
    expect(toSources([debian, other], [], "deb-src")).toEqual([
      ["debian.sources", `${debian.replace("Types: deb", "Types: deb-src")}\n`],
    ]);
  });

  it("may be in the one-line format", () => {
    const lines = ["# a comment", "deb http://mirror.test/debian bookworm-updates main", "deb http://other.test/ ./"];
    expect(toSources([], lines, "deb-src")).toEqual([
      ["debian.list", "deb-src http://mirror.test/debian bookworm-updates main\n"],
    ]);
  });
});

describe("chunks", () => {
  const disk = new Uint8Array(4 * 512);
  disk.fill(1, 0, 512);
  disk.fill(1, 1024, 1536);
  disk[2047] = 9;

  it("are named by the hash of their compressed form; equal ones are one file; zeros are none", () => {
    const { chunks, files } = packDisk(disk, 512, plain);
    expect(chunks[1]).toBeNull();
    expect(chunks[0]).toEqual({ sha256: sha256(disk.subarray(0, 512)), bytes: 512 });
    expect(chunks[2]).toEqual(chunks[0]);
    expect(chunks[3]?.sha256).not.toBe(chunks[0]?.sha256);
    expect([...files.keys()]).toEqual([chunks[0]?.sha256, chunks[3]?.sha256]);
  });

  it("come out the same every time", () => {
    expect(packDisk(disk, 512)).toEqual(packDisk(disk, 512));
  });

  it("must cover the disk exactly", () => {
    expect(() => packDisk(disk, 1000, plain)).toThrow(RangeError);
  });
});

describe("the disk's script", () => {
  const store = () => "/tmp/data";

  it("makes entries in their order, with type, mode and owner", () => {
    const script = debugfsScript(
      [
        { path: "/bin", type: "directory" },
        { path: "/bin/sh", type: "link", target: "busybox" },
        { path: "/bin/su", type: "file", mode: 0o4755, data: Buffer.from("x") },
        { path: "/home", type: "directory", owner: 1000, group: 5 },
      ],
      store,
    );
    expect(script.split("\n")).toEqual([
      ...["cd /", "mkdir bin", "set_inode_field bin mode 040755"],
      ...["cd /bin", "symlink sh busybox", "set_inode_field sh mode 0120777"],
      ...["cd /bin", "write /tmp/data su", "set_inode_field su mode 0104755"],
      ...["cd /", "mkdir home", "set_inode_field home mode 040755"],
      ...["set_inode_field home uid 1000", "set_inode_field home gid 5", ""],
    ]);
  });

  it("quotes names, keeps times, and counts the names of a file", () => {
    const entries = [
      { path: "/a b", type: "file" as const, from: "/host/a b", mtime: 5 },
      { path: "/c", type: "hardlink" as const, target: "/a b" },
    ];
    expect(debugfsScript(entries, ({ from }) => from ?? "").split("\n")).toEqual([
      ...["cd /", 'write "/host/a b" "a b"', 'set_inode_field "a b" mode 0100644'],
      ...["cd /", 'ln "/a b" c', "set_inode_field c links_count 2", 'set_inode_field "/a b" mtime @5', ""],
    ]);
  });

  it("gives directories room for all their names at once, if told to", () => {
    const names = Array.from({ length: 500 }, (_, index) => `/d/${String(index).padStart(16, "0")}`);
    const entries = [
      { path: "/d", type: "directory" as const },
      ...names.map((path) => ({ path, type: "file" as const })),
    ];
    const blocks = (wholeDirectories: boolean) =>
      debugfsScript(entries, () => "x", { wholeDirectories }).match(/^expand_dir d$/gm)?.length ?? 0;
    // 500 names of 16 letters and 8 bytes each: 12 000 bytes.
    expect(blocks(true)).toBe(3);
    expect(blocks(false)).toBe(0);
  });

  it.each([
    ["before its directory", [{ path: "/a/b", type: "file" as const }]],
    [
      "twice",
      [
        { path: "/a", type: "file" as const },
        { path: "/a", type: "link" as const, target: "b" },
      ],
    ],
    ["with a name that debugfs cannot be told", [{ path: '/a"b', type: "file" as const }]],
    ["that is a link to nothing before it", [{ path: "/a", type: "hardlink" as const, target: "/b" }]],
  ])("refuses an entry %s", (_, entries) => {
    expect(() => debugfsScript(entries, store)).toThrow(expect.objectContaining({ code: "BadEntry" }));
  });
});

describe("the entries of a directory of the machine", () => {
  const root = mkdtempSync(join(tmpdir(), "host-tree-"));
  afterAll(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "b"));
  mkdirSync(join(root, "dev"));
  writeFileSync(join(root, "b", "z"), "z", { mode: 0o640 });
  linkSync(join(root, "b", "z"), join(root, "y"));
  symlinkSync("b/z", join(root, "a"));
  writeFileSync(join(root, "dev", "x"), "x");
  utimesSync(join(root, "b", "z"), 7, 7);
  const options = { newest: 100, leaveOut: (path: string) => path.startsWith("/dev/") };

  it("are directories, then what is read first, then the rest by name; nothing is younger than it may be", () => {
    const entries = readTree(root, { ...options, first: ["/b/none", "/*y"] });
    expect(entries.map(({ path, type }) => [path, type])).toEqual([
      ...[
        ["/b", "directory"],
        ["/dev", "directory"],
      ],
      ...[
        ["/b/z", "file"],
        ["/y", "hardlink"],
        ["/a", "link"],
      ],
    ]);
    expect(entries.find(({ path }) => path === "/b/z")).toMatchObject({
      mode: 0o640,
      mtime: 7,
      from: join(root, "b/z"),
    });
    expect(entries.find(({ path }) => path === "/b")).toMatchObject({ mtime: 100 });
  });
});

describe("image.json", () => {
  const facts = {
    name: "tiny",
    title: "Test",
    version: "1.0.0",
    defaultUser: "ec2-user",
    commandLine: "quiet",
    rootDevice: "/dev/vda",
    minimumMemoryMiB: 64,
    chunkBytes: 65_536,
    agentProtocolVersion: 1,
  };
  const parts = { kernel: Uint8Array.of(1), bios: Uint8Array.of(2), vgaBios: Uint8Array.of(3) };
  const chunks = [{ sha256: "0".repeat(64), bytes: 10 }, null];
  const disk = { bytes: 131_072, chunks };

  it("is what the machine reads", () => {
    const manifest = makeManifest(facts, parts, disk, [0], []);
    expect(parseImageManifest(JSON.stringify(manifest), "image.json")).toEqual(manifest);
    expect(manifest.kernel).toEqual({ path: "bzImage", sha256: sha256(Uint8Array.of(1)), bytes: 1 });
  });

  it.each([1, 2])("refuses a boot order with chunk %i, which has no file", (index) => {
    expect(() => makeManifest(facts, parts, disk, [0, index], [])).toThrow(
      expect.objectContaining({ code: "BadBootChunks" }),
    );
  });
});
