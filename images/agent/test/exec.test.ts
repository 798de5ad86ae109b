import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { concat } from "../../../src/base/bytes.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { execFrame } from "../../../workers/vm/agent/exec-session.ts";
import { FrameReader } from "../../../workers/vm/agent/frame-reader.ts";
import {
  FRAME,
  frame,
  helloFrame,
  MAX_DATA_BYTES,
  PayloadReader,
  STDIN_WINDOW_BYTES,
} from "../../../workers/vm/agent/frames.ts";
import { OUTPUT_WINDOW_BYTES } from "../../../workers/vm/agent/output-pump.ts";
import { describeAgent, type Fixture, Gate, isRoot, ok, sha256, streamOf } from "./harness.ts";
import { isAlive, until } from "./native-agent.ts";

describeAgent("programs", (fixture) => {
  it("A9: runs a shell command, with its streams apart and its exit code", async () => {
    expect(await fixture().exec("echo out; echo err >&2; exit 3")).toEqual({
      ...ok,
      exitCode: 3,
      out: "out\n",
      err: "err\n",
    });
  });

  it("A9: runs an argument vector as it is", async () => {
    const result = await fixture().exec(["printf", "%s|", "a b", "", "$HOME", "*", "ü\n"]);
    expect(result).toMatchObject({ ...ok, out: "a b||$HOME|*|ü\n|" });
  });

  it("A9: says what cannot be started; a shell says it by its exit code", async () => {
    await expect(fixture().start(["no-such-program"])).resolves.toBeDefined();
    const rejected = async (...args: Parameters<Fixture["start"]>) => (await fixture().start(...args)).result;
    await expect(rejected(["no-such-program"])).rejects.toMatchObject({
      code: "Agent.NoSuchProgram",
      details: { errno: "ENOENT" },
    });
    await expect(rejected(["/etc/passwd"])).rejects.toMatchObject({
      code: "Agent.CannotStart",
      details: { errno: "EACCES" },
    });
    await expect(rejected("true", { cwd: "/no/such" })).rejects.toMatchObject({ code: "Agent.NoSuchDirectory" });
    await expect(rejected("true", { user: "nobody-of-that-name" })).rejects.toMatchObject({
      code: "Agent.NoSuchUser",
    });
    expect(await fixture().exec("no-such-program")).toMatchObject({ exitCode: 127 });
  });

  it("A10: gives the child a session, default signals and three descriptors of its own", async () => {
    const { out } = await fixture().exec(
      "ls -l /proc/self/fd | grep -c '[-]>'; umask; grep -E 'SigIgn|SigBlk' /proc/self/status",
    );
    // ls has its own descriptor for the directory.
    expect(out).toBe("4\n0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    const ids = await fixture().exec("cut -d' ' -f1,5,6 /proc/$$/stat");
    expect(new Set(ids.out.trim().split(" ")).size).toBe(1);
  });

  it.skipIf(!isRoot)("A10: gives up the agent's exemption from the OOM killer (as root)", async () => {
    expect((await fixture().exec("cat /proc/self/oom_score_adj")).out).toBe("0\n");
  });

  it("A11: has a sane environment, and what the request adds", async () => {
    const { out } = await fixture().exec("env; pwd", {
      env: { GREETING: "hello=you\nthere", LANG: "de_DE" },
      cwd: "/usr/bin",
    });
    expect(out).toContain("GREETING=hello=you\nthere\n");
    expect(out).toContain("LANG=de_DE\n");
    expect(out).toContain("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
    expect(out).toMatch(/^HOME=\/.*$/m);
    expect(out).toMatch(/^USER=.+$/m);
    expect(out).not.toContain("ASAN_OPTIONS");
    expect(out).toMatch(/\n\/usr\/bin\n$/);
  });

  it.skipIf(!isRoot)("A11: becomes another user, with its groups and home (as root)", async () => {
    const { out } = await fixture().exec("id -un; id -gn; id -Gn; echo $HOME $LOGNAME", { user: "daemon" });
    expect(out).toBe("daemon\ndaemon\ndaemon\n/usr/sbin daemon\n");
  });

  it("A12: gives stdin to the child, 10 MB of it, and its end", async () => {
    const bytes = seededRandom(5).bytes(10_000_000);
    const chunks: Uint8Array[] = [];
    const rng = seededRandom(6);
    for (let offset = 0; offset < bytes.byteLength; ) {
      const length = 1 + rng.int(200_000);
      chunks.push(bytes.subarray(offset, offset + length));
      offset += length;
    }
    const session = await fixture().start(["cat"], { stdin: streamOf(...chunks) });
    expect(await session.result).toEqual(ok);
    expect(sha256(session.stdout.bytes)).toBe(sha256(bytes));
  });

  it("A12: has an empty stdin without one", async () => {
    expect(await fixture().exec("wc -c; readlink /proc/self/fd/0")).toMatchObject({ out: "0\n/dev/null\n" });
  });

  it("A12: cancels the source when the child closes stdin", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    const session = await fixture().start("head -c 5 >/dev/null; exec <&-; until [ -e go ]; do sleep 0.01; done", {
      stdin: endless,
      cwd: fixture().agent.directory,
    });
    await until(() => cancelled);
    writeFileSync(join(fixture().agent.directory, "go"), "");
    expect(await session.result).toEqual(ok);
  });

  it("A12: ends a session that sends more stdin than was granted", async () => {
    const connection = await fixture().agent.connect();
    const chunk = frame(FRAME.data, new Uint8Array(MAX_DATA_BYTES));
    await connection.write(concat([helloFrame(), execFrame({ command: "exec sleep 1000", hasStdin: true })]));
    const frames = new FrameReader(() => connection.read());
    await frames.next();
    const started = new PayloadReader((await frames.next())?.payload ?? new Uint8Array());
    const pid = started.u32();
    // Beside the window, the pipe may take a few chunks before it is full.
    const sending = (async () => {
      for (let sent = 0; sent < 2 * STDIN_WINDOW_BYTES; sent += MAX_DATA_BYTES) await connection.write(chunk);
    })().catch(() => {});
    let answer = await frames.next();
    while (answer?.type === FRAME.grant) answer = await frames.next();
    expect(answer?.type).toBe(FRAME.error);
    connection.reset();
    await sending;
    await until(() => !isAlive(pid));
  });

  it("A13: returns 10 MB of output intact", async () => {
    const file = join(fixture().agent.directory, "big");
    const bytes = seededRandom(7).bytes(10_000_000);
    writeFileSync(file, bytes);
    const session = await fixture().start(["cat", file]);
    expect(await session.result).toEqual(ok);
    expect(sha256(session.stdout.bytes)).toBe(sha256(bytes));
  });

  it("A13: slows a program whose output nobody reads, and lets the other stream through", async () => {
    const gate = new Gate();
    const session = await fixture().start(
      "(while :; do echo beat >&2; sleep 0.02; done) & head -c 20000000 /dev/zero",
      {
        stdout: gate,
      },
    );
    await until(() => gate.chunks.length > 0);
    const [sessionPid] = fixture().agent.children;
    // The reader has had one chunk, the window bounds the rest; stderr goes on all the same.
    const beats = session.stderr.text.length;
    await until(() => session.stderr.text.length > beats + 50);
    expect(gate.bytes.byteLength).toBeLessThanOrEqual(OUTPUT_WINDOW_BYTES);
    const wchan = readFileSync(`/proc/${sessionPid}/status`, "utf8");
    expect(wchan).toMatch(/State:\s+S/);
    gate.open();
    await until(() => gate.bytes.byteLength === 20_000_000);
    session.signal("SIGKILL");
    await session.result;
  });

  it("runs 20 programs at a time", async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        fixture().exec(`head -c 100000 /dev/zero | tr '\\0' ${String.fromCharCode(97 + index)}`),
      ),
    );
    results.forEach(({ out }, index) => {
      expect(out).toBe(String.fromCharCode(97 + index).repeat(100_000));
    });
  });

  it("refuses what cannot be sent", async () => {
    const invalid = { code: "InvalidParameterValue" };
    await expect(fixture().start([])).rejects.toMatchObject(invalid);
    await expect(fixture().start("a\0b")).rejects.toMatchObject(invalid);
    await expect(fixture().start("x".repeat(300_000))).rejects.toMatchObject(invalid);
    await expect(fixture().start("true", { env: { "A=B": "c" } })).rejects.toMatchObject(invalid);
  });

  it("takes a command of 200 kB", async () => {
    expect(await fixture().exec(`: ${"x".repeat(100_000)}; echo done`)).toMatchObject({ out: "done\n" });
    const many = Array.from({ length: 20 }, () => "y".repeat(10_000));
    expect((await fixture().exec(["echo", ...many])).out.length).toBe(20 * 10_001);
  });
});
