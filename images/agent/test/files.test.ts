import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CloudError } from "../../../src/base/errors.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { Collector, describeAgent, isRoot, sha256, streamOf } from "./harness.ts";
import { until } from "./native-agent.ts";

describeAgent("files", (fixture) => {
  const path = (name: string) => join(fixture().agent.directory, name);
  const write = (name: string, content: string | Uint8Array, mode = 0o644) =>
    fixture().client.writeFile(path(name), mode, streamOf(content));
  const leftovers = () => readdirSync(fixture().agent.directory).filter((name) => name.startsWith(".tabvisor"));

  it("A20, A19: writes and reads back, bytes and mode", async () => {
    const bytes = seededRandom(8).bytes(3_000_001);
    await write("file", bytes, 0o751);
    expect(readFileSync(path("file")).equals(bytes)).toBe(true);
    const sink = new Collector();
    const info = await fixture().client.readFile(path("file"), sink);
    expect(info).toMatchObject({ size: 3_000_001, mode: 0o751 });
    expect(Math.abs(info.modifiedEpochMs - statSync(path("file")).mtimeMs)).toBeLessThan(1);
    expect(sha256(sink.bytes)).toBe(sha256(bytes));
    expect(leftovers()).toEqual([]);
  });

  it("A19: reads an empty file, and one of /proc", async () => {
    await write("empty", "");
    const empty = new Collector();
    expect(await fixture().client.readFile(path("empty"), empty)).toMatchObject({ size: 0 });
    expect(empty.text).toBe("");
    const version = new Collector();
    await fixture().client.readFile("/proc/version", version);
    expect(version.text).toBe(readFileSync("/proc/version", "utf8"));
  });

  it("A19: says why a file cannot be read", async () => {
    mkdirSync(path("directory"));
    await fixture().exec(["mkfifo", path("fifo")]);
    const read = (name: string) => fixture().client.readFile(name, new Collector());
    await expect(read(path("nothing"))).rejects.toMatchObject({
      code: "Agent.NoSuchFile",
      details: { errno: "ENOENT" },
    });
    await expect(read(path("directory"))).rejects.toMatchObject({ code: "Agent.IsDirectory" });
    await expect(read(path("fifo"))).rejects.toMatchObject({
      code: "Agent.FileError",
      details: { errno: "EINVAL" },
    });
    await expect(read("relative")).rejects.toMatchObject({ code: "Agent.FileError" });
    await expect(read("/x\0y")).rejects.toMatchObject({ code: "InvalidParameterValue" });
  });

  it("A20: leaves the old file when the source fails, or the host goes", async () => {
    await write("file", "old");
    const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (leftovers().length === 0) controller.enqueue(new Uint8Array(10));
        else controller.error(new CloudError("Test.Source", "broken"));
      },
    });
    await expect(fixture().client.writeFile(path("file"), 0o644, failing)).rejects.toMatchObject({
      code: "Test.Source",
    });
    await until(() => leftovers().length === 0);
    const stuck = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
    });
    const writing = fixture().client.writeFile(path("file"), 0o644, stuck);
    await until(() => leftovers().length > 0);
    fixture().client.dropAll(new CloudError("Test.Dropped", "dropped"));
    await expect(writing).rejects.toMatchObject({ code: "Test.Dropped" });
    await until(() => leftovers().length === 0 && fixture().agent.children.length === 0);
    expect(readFileSync(path("file"), "utf8")).toBe("old");
  });

  it("A20: follows a symbolic link, and replaces a dangling one", async () => {
    writeFileSync(path("real"), "old");
    symlinkSync("real", path("link"));
    await write("link", "new");
    expect(readFileSync(path("real"), "utf8")).toBe("new");
    symlinkSync("nowhere", path("dangling"));
    await write("dangling", "here");
    expect(readFileSync(path("dangling"), "utf8")).toBe("here");
  });

  it("A20: refuses what is no regular file, and says why", async () => {
    mkdirSync(path("directory"));
    await fixture().exec(["mkfifo", path("fifo")]);
    await expect(write("directory", "x")).rejects.toMatchObject({ code: "Agent.IsDirectory" });
    await expect(write("directory/", "x")).rejects.toMatchObject({ code: "Agent.IsDirectory" });
    await expect(write("fifo", "x")).rejects.toMatchObject({
      code: "Agent.FileError",
      details: { errno: "EINVAL" },
    });
    await expect(write("none/file", "x")).rejects.toMatchObject({ code: "Agent.NoSuchFile" });
    await expect(write("new/", "x")).rejects.toMatchObject({ code: "Agent.IsDirectory" });
    expect(leftovers()).toEqual([]);
  });

  it("A20: reports a failure while the source still sends, and cancels the source", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(60_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    // A directory that takes no new file, as a full or read-only disk.
    await expect(fixture().client.writeFile("/proc/new-file", 0o644, endless)).rejects.toMatchObject({
      code: expect.stringMatching(/^Agent\.(NoSuchFile|AccessDenied|FileError)$/),
    });
    await until(() => cancelled);
  });

  it.skipIf(!isRoot)("A20: keeps the owner of an existing file (as root)", async () => {
    await write("file", "old");
    await fixture().exec(["chown", "1:1", path("file")]);
    await write("file", "new");
    expect(statSync(path("file"))).toMatchObject({ uid: 1, gid: 1 });
  });
});
