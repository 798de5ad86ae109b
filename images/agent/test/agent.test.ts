import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CloudError } from "../../../src/base/errors.ts";
import { seededRandom } from "../../../src/base/random.ts";
import type { ExecRequest, ExecResult } from "../../../src/protocol/vm-contract.ts";
import { AgentClient } from "../../../workers/vm/agent/agent-client.ts";
import type { ExecSession } from "../../../workers/vm/agent/exec-session.ts";
import { execFrame } from "../../../workers/vm/agent/exec-session.ts";
import { FrameReader } from "../../../workers/vm/agent/frame-reader.ts";
import {
  concat,
  errorFrame,
  FRAME,
  FRAME_HEADER_BYTES,
  frame,
  helloFrame,
  MAX_DATA_BYTES,
  numbersFrame,
  PayloadReader,
  STDIN_WINDOW_BYTES,
  text,
} from "../../../workers/vm/agent/frames.ts";
import { type ByteSink, OUTPUT_WINDOW_BYTES } from "../../../workers/vm/agent/output-pump.ts";
import { compileAgent, compiler, isAlive, NativeAgent, type SocketConnection, until } from "./native-agent.ts";

const isRoot = process.getuid?.() === 0;
const builds = mkdtempSync(join(tmpdir(), "tabvisor-agent-build-"));
let program: string;
let agent: NativeAgent;
let client: AgentClient;
let controls: SocketConnection[];

class Collector implements ByteSink {
  readonly cancelled = false;
  readonly chunks: Uint8Array[] = [];
  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    // Moves the bytes away, as a port does.
    this.chunks.push(structuredClone(chunk, { transfer: [chunk.buffer] }));
  }
  get bytes(): Uint8Array {
    return concat(this.chunks);
  }
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}

/** Takes nothing until it is opened. */
class Gate extends Collector {
  open = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
  override async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    await super.write(chunk);
    await this.#opened;
  }
}

type Program = ExecSession & { stdout: Collector; stderr: Collector };

function streamOf(...chunks: (Uint8Array | string)[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk.slice());
      }
      controller.close();
    },
  });
}

async function start(
  command: string | string[],
  options: Partial<ExecRequest> & { stdin?: ReadableStream<Uint8Array<ArrayBuffer>>; stdout?: Collector } = {},
): Promise<Program> {
  const { stdin = null, stdout = new Collector(), ...request } = options;
  const stderr = new Collector();
  const session = await client.exec({ command, hasStdin: stdin !== null, ...request }, { stdin, stdout, stderr });
  return Object.assign(session, { stdout, stderr });
}

async function exec(...args: Parameters<typeof start>): Promise<ExecResult & { out: string; err: string }> {
  const session = await start(...args);
  const result = await session.result;
  return { ...result, out: session.stdout.text, err: session.stderr.text };
}

const ok = { exitCode: 0, signal: null, timedOut: false };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe.skipIf(compiler === undefined)(
  `the agent${compiler === undefined ? " (no C compiler here: skipped)" : ""}`,
  () => {
    beforeAll(async () => {
      program = await compileAgent(builds);
    }, 60_000);
    afterAll(() => rmSync(builds, { recursive: true, force: true }));

    beforeEach(async () => {
      controls = [];
      agent = await NativeAgent.start(program, (connection) => controls.push(connection));
      client = new AgentClient(() => agent.connect());
      await until(() => controls.length > 0);
    });
    afterEach(async () => {
      try {
        expect(agent.findings).toEqual([]);
        expect(agent.isRunning).toBe(true);
      } finally {
        await agent.stop();
      }
    });

    describe("connections", () => {
      it("A2: introduces itself, and again when the connection ends", async () => {
        for (const index of [0, 1]) {
          await until(() => controls.length > index);
          const connection = controls[index] as SocketConnection;
          const frames = new FrameReader(() => connection.read());
          expect((await frames.next())?.payload).toEqual(helloFrame().subarray(FRAME_HEADER_BYTES));
          const ready = await frames.next();
          expect(ready?.type).toBe(FRAME.ready);
          const fields = new PayloadReader(ready?.payload ?? new Uint8Array());
          expect(fields.u32()).toBe(1);
          expect(fields.string()).toMatch(/^[0-9a-f-]{36}$/);
          await connection.write(helloFrame());
          connection.reset();
        }
      });

      it("A2: survives a host that refuses it, or talks nonsense", async () => {
        await controls[0]?.write(concat([helloFrame(9), errorFrame(1, "no")]));
        controls[0]?.reset();
        await client.ping();
      });

      it("A4: answers a host of another version with its own and an error", async () => {
        const connection = await agent.connect();
        await connection.write(helloFrame(2));
        const frames = new FrameReader(() => connection.read());
        expect((await frames.next())?.payload).toEqual(helloFrame(1).subarray(FRAME_HEADER_BYTES));
        const refusal = await frames.next();
        expect(refusal?.type).toBe(FRAME.error);
        expect(new PayloadReader(refusal?.payload ?? new Uint8Array()).u16()).toBe(1);
        connection.reset();
      });

      it("A1: runs 64 sessions at a time and refuses the next", async () => {
        const programs = await Promise.all(Array.from({ length: 64 }, () => start(["sleep", "1000"])));
        await expect(client.ping()).rejects.toMatchObject({ code: "Agent.Busy" });
        for (const one of programs) one.signal("SIGKILL");
        expect(await Promise.all(programs.map(({ result }) => result))).toHaveLength(64);
        await until(() => agent.children.length === 0);
        await client.ping();
      });

      it("A7: ends a session that does not say what it wants", async () => {
        const silent = await agent.connect();
        expect(await silent.read()).toBeUndefined();
        const half = await agent.connect();
        await half.write(concat([helloFrame(), frame(FRAME.ping).subarray(0, 5)]));
        const frames = new FrameReader(() => half.read());
        expect((await frames.next())?.type).toBe(FRAME.hello);
        expect(await frames.next()).toBeUndefined();
        await until(() => agent.children.length === 0);
      });
    });

    describe("exec", () => {
      it("A9: runs a shell command, with its streams apart and its exit code", async () => {
        expect(await exec("echo out; echo err >&2; exit 3")).toEqual({
          ...ok,
          exitCode: 3,
          out: "out\n",
          err: "err\n",
        });
      });

      it("A9: runs an argument vector as it is", async () => {
        const result = await exec(["printf", "%s|", "a b", "", "$HOME", "*", "ü\n"]);
        expect(result).toMatchObject({ ...ok, out: "a b||$HOME|*|ü\n|" });
      });

      it("A9: says what cannot be started; a shell says it by its exit code", async () => {
        await expect(start(["no-such-program"])).resolves.toBeDefined();
        const rejected = async (...args: Parameters<typeof start>) => (await start(...args)).result;
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
        expect(await exec("no-such-program")).toMatchObject({ exitCode: 127 });
      });

      it("A10: gives the child a session, default signals and three descriptors of its own", async () => {
        const { out } = await exec(
          "ls -l /proc/self/fd | grep -c '[-]>'; umask; grep -E 'SigIgn|SigBlk' /proc/self/status",
        );
        // ls has its own descriptor for the directory.
        expect(out).toBe("4\n0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
        const ids = await exec("cut -d' ' -f1,5,6 /proc/$$/stat");
        expect(new Set(ids.out.trim().split(" ")).size).toBe(1);
      });

      it.skipIf(!isRoot)("A10: gives up the agent's exemption from the OOM killer (as root)", async () => {
        expect((await exec("cat /proc/self/oom_score_adj")).out).toBe("0\n");
      });

      it("A11: has a sane environment, and what the request adds", async () => {
        const { out } = await exec("env; pwd", {
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
        const { out } = await exec("id -un; id -gn; id -Gn; echo $HOME $LOGNAME", { user: "daemon" });
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
        const session = await start(["cat"], { stdin: streamOf(...chunks) });
        expect(await session.result).toEqual(ok);
        expect(sha256(session.stdout.bytes)).toBe(sha256(bytes));
      });

      it("A12: has an empty stdin without one", async () => {
        expect(await exec("wc -c; readlink /proc/self/fd/0")).toMatchObject({ out: "0\n/dev/null\n" });
      });

      it("A12: cancels the source when the child closes stdin", async () => {
        let cancelled = false;
        const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
          pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
          cancel: () => {
            cancelled = true;
          },
        });
        const session = await start("head -c 5 >/dev/null; exec <&-; until [ -e go ]; do sleep 0.01; done", {
          stdin: endless,
          cwd: agent.directory,
        });
        await until(() => cancelled);
        writeFileSync(join(agent.directory, "go"), "");
        expect(await session.result).toEqual(ok);
      });

      it("A12: ends a session that sends more stdin than was granted", async () => {
        const connection = await agent.connect();
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
        const file = join(agent.directory, "big");
        const bytes = seededRandom(7).bytes(10_000_000);
        writeFileSync(file, bytes);
        const session = await start(["cat", file]);
        expect(await session.result).toEqual(ok);
        expect(sha256(session.stdout.bytes)).toBe(sha256(bytes));
      });

      it("A13: slows a program whose output nobody reads, and lets the other stream through", async () => {
        const gate = new Gate();
        const session = await start("(while :; do echo beat >&2; sleep 0.02; done) & head -c 20000000 /dev/zero", {
          stdout: gate,
        });
        await until(() => gate.chunks.length > 0);
        const [sessionPid] = agent.children;
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

      it("A14: hears a signal while stdin is full and nobody reads the output", async () => {
        const gate = new Gate();
        const session = await start("yes & exec sleep 1000", {
          stdin: streamOf(new Uint8Array(2_000_000)),
          stdout: gate,
        });
        await until(() => gate.chunks.length > 0);
        session.signal("SIGTERM");
        await until(() => agent.children.length === 1);
        gate.open();
        expect(await session.result).toEqual({ exitCode: 143, signal: "SIGTERM", timedOut: false });
      });

      it("A15: signals the whole group", async () => {
        const session = await start("sleep 1000 & sleep 1000 & echo $!; wait");
        await until(() => session.stdout.text.includes("\n"));
        session.signal("SIGINT");
        session.signal("SIGTERM");
        expect(await session.result).toMatchObject({ signal: "SIGTERM" });
        await until(() => !isAlive(Number(session.stdout.text)));
        expect(() => session.signal("SIGNONSENSE")).toThrowError(
          expect.objectContaining({ code: "InvalidParameterValue" }),
        );
      });

      it("A16: ends what takes too long, politely", async () => {
        const result = await exec("trap 'echo bye; exit 9' TERM; sleep 1000 & wait", { timeoutMs: 50 });
        expect(result).toEqual({ exitCode: 9, signal: null, timedOut: true, out: "bye\n", err: "" });
      });

      it("A16: and then by force", async () => {
        const session = await start("trap '' TERM; sleep 1000 & echo $!; while :; do wait; done", { timeoutMs: 50 });
        expect(await session.result).toEqual({ exitCode: 137, signal: "SIGKILL", timedOut: true });
        await until(() => !isAlive(Number(session.stdout.text)));
      });

      it("A17: does not wait for what goes on in the background", async () => {
        const session = await start("sleep 1000 & echo $!");
        expect(await session.result).toEqual(ok);
        const pid = Number(session.stdout.text);
        await until(() => agent.children.length === 0);
        expect(isAlive(pid)).toBe(true);
        process.kill(pid, "SIGKILL");
      });

      it("A17: sends what was in the pipes when the program ended, however slow the reader", async () => {
        const gate = new Gate();
        const session = await start("head -c 1100000 /dev/zero; head -c 60000 /dev/zero; sleep 1000 & exit 4", {
          stdout: gate,
        });
        await until(() => gate.chunks.length > 0);
        gate.open();
        expect(await session.result).toMatchObject({ exitCode: 4 });
        expect(gate.bytes.byteLength).toBe(1_160_000);
      });

      it("A18: kills the group when the host goes", async () => {
        const session = await start("trap '' HUP TERM INT; sleep 1000 & echo $$ $!; wait");
        await until(() => session.stdout.text.includes("\n"));
        const pids = session.stdout.text.trim().split(" ").map(Number);
        session.abort(new CloudError("Test.Gone", "gone"));
        await expect(session.result).rejects.toMatchObject({ code: "Test.Gone" });
        await until(() => !pids.some(isAlive));
      });

      it("A18: kills the program even when its session is killed", async () => {
        const session = await start("echo $$; exec sleep 1000");
        await until(() => session.stdout.text.includes("\n"));
        for (const pid of agent.children) process.kill(pid, "SIGKILL");
        await expect(session.result).rejects.toMatchObject({ code: "Agent.Unavailable" });
        await until(() => !isAlive(Number(session.stdout.text)));
      });

      it("runs 20 programs at a time", async () => {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            exec(`head -c 100000 /dev/zero | tr '\\0' ${String.fromCharCode(97 + index)}`),
          ),
        );
        results.forEach(({ out }, index) => {
          expect(out).toBe(String.fromCharCode(97 + index).repeat(100_000));
        });
      });

      it("refuses what cannot be sent", async () => {
        const invalid = { code: "InvalidParameterValue" };
        await expect(start([])).rejects.toMatchObject(invalid);
        await expect(start("a\0b")).rejects.toMatchObject(invalid);
        await expect(start("x".repeat(300_000))).rejects.toMatchObject(invalid);
        await expect(start("true", { env: { "A=B": "c" } })).rejects.toMatchObject(invalid);
      });

      it("takes a command of 200 kB", async () => {
        expect(await exec(`: ${"x".repeat(100_000)}; echo done`)).toMatchObject({ out: "done\n" });
        const many = Array.from({ length: 20 }, () => "y".repeat(10_000));
        expect((await exec(["echo", ...many])).out.length).toBe(20 * 10_001);
      });
    });

    describe("files", () => {
      const path = (name: string) => join(agent.directory, name);
      const write = (name: string, content: string | Uint8Array, mode = 0o644) =>
        client.writeFile(path(name), mode, streamOf(content));
      const leftovers = () => readdirSync(agent.directory).filter((name) => name.startsWith(".tabvisor"));

      it("A20, A19: writes and reads back, bytes and mode", async () => {
        const bytes = seededRandom(8).bytes(3_000_001);
        await write("file", bytes, 0o751);
        expect(readFileSync(path("file")).equals(bytes)).toBe(true);
        const sink = new Collector();
        const info = await client.readFile(path("file"), sink);
        expect(info).toMatchObject({ size: 3_000_001, mode: 0o751 });
        expect(Math.abs(info.modifiedEpochMs - statSync(path("file")).mtimeMs)).toBeLessThan(1);
        expect(sha256(sink.bytes)).toBe(sha256(bytes));
        expect(leftovers()).toEqual([]);
      });

      it("A19: reads an empty file, and one of /proc", async () => {
        await write("empty", "");
        const empty = new Collector();
        expect(await client.readFile(path("empty"), empty)).toMatchObject({ size: 0 });
        expect(empty.text).toBe("");
        const version = new Collector();
        await client.readFile("/proc/version", version);
        expect(version.text).toBe(readFileSync("/proc/version", "utf8"));
      });

      it("A19: says why a file cannot be read", async () => {
        mkdirSync(path("directory"));
        await exec(["mkfifo", path("fifo")]);
        const read = (name: string) => client.readFile(name, new Collector());
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
        await expect(client.writeFile(path("file"), 0o644, failing)).rejects.toMatchObject({ code: "Test.Source" });
        await until(() => leftovers().length === 0);
        const stuck = new ReadableStream<Uint8Array<ArrayBuffer>>({
          start: (controller) => controller.enqueue(new Uint8Array(10)),
        });
        const writing = client.writeFile(path("file"), 0o644, stuck);
        await until(() => leftovers().length > 0);
        client.dropAll(new CloudError("Test.Dropped", "dropped"));
        await expect(writing).rejects.toMatchObject({ code: "Test.Dropped" });
        await until(() => leftovers().length === 0 && agent.children.length === 0);
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
        await exec(["mkfifo", path("fifo")]);
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
        await expect(client.writeFile("/proc/new-file", 0o644, endless)).rejects.toMatchObject({
          code: expect.stringMatching(/^Agent\.(NoSuchFile|AccessDenied|FileError)$/),
        });
        await until(() => cancelled);
      });

      it.skipIf(!isRoot)("A20: keeps the owner of an existing file (as root)", async () => {
        await write("file", "old");
        await exec(["chown", "1:1", path("file")]);
        await write("file", "new");
        expect(statSync(path("file"))).toMatchObject({ uid: 1, gid: 1 });
      });
    });

    describe("the machine", () => {
      it("A21: accepts, then runs the program", async () => {
        await client.shutdown();
        await until(() => existsSync(join(agent.directory, "power")));
        expect(readFileSync(join(agent.directory, "power"), "utf8")).toContain("/poweroff\n");
        rmSync(join(agent.directory, "power"));
        await client.reboot();
        await until(() => existsSync(join(agent.directory, "power")));
        rmSync(join(agent.directory, "reboot"));
        await expect(client.reboot()).rejects.toMatchObject({ code: "Agent.CannotShutDown" });
      });

      it("A22: sets the clock, answers pings, says who it is", async () => {
        await client.setClock(1_700_000_000_123);
        expect(readFileSync(join(agent.directory, "clock"), "utf8")).toBe("1700000000123");
        await client.ping();
        const info = await client.info();
        expect(info).toMatchObject({ agentVersion: 1, kernel: (await exec("uname -r")).out.trim() });
        expect(info.uptimeMs).toBeGreaterThan(0);
      });
    });

    describe("A8, A23: nonsense", () => {
      const bad: [string, Uint8Array][] = [
        ["no hello", frame(FRAME.ping)],
        ["a wrong magic", frame(FRAME.hello, new Uint8Array(8))],
        ["an unknown request", concat([helloFrame(), frame(0x1f)])],
        ["a frame that is no request", concat([helloFrame(), frame(FRAME.stdout)])],
        ["flags that are not 0", concat([helloFrame(), Uint8Array.from([0x15, 1, 0, 0, 0, 0, 0, 0])])],
        ["a request of 300 kB", concat([helloFrame(), Uint8Array.from([0x10, 0, 0, 0, 0xe0, 0x93, 4, 0])])],
        ["a request of 4 GB", concat([helloFrame(), Uint8Array.from([0x10, 0, 0, 0, 255, 255, 255, 255])])],
        ["an empty EXEC", concat([helloFrame(), frame(FRAME.exec)])],
        ["an EXEC without arguments", concat([helloFrame(), frame(FRAME.exec, new Uint8Array(22))])],
        ["an EXEC that ends early", concat([helloFrame(), frame(FRAME.exec, new Uint8Array(20).fill(1))])],
        ["a path without end", concat([helloFrame(), frame(FRAME.readFile, new Uint8Array([47]))])],
        ["two paths", concat([helloFrame(), frame(FRAME.readFile, text("/a", "/b"))])],
        ["a file of no name", concat([helloFrame(), frame(FRAME.writeFile)])],
        ["a POWER of another kind", concat([helloFrame(), numbersFrame(FRAME.power, 7)])],
        ["a clock of 4 bytes", concat([helloFrame(), numbersFrame(FRAME.setClock, 7)])],
        ["a long PING", concat([helloFrame(), frame(FRAME.ping, new Uint8Array(65))])],
      ];
      it.each(bad)("%s is refused", async (_, bytes) => {
        const connection = await agent.connect();
        await connection.write(bytes);
        const frames = new FrameReader(() => connection.read());
        let last = await frames.next();
        if (last?.type === FRAME.hello) last = await frames.next();
        expect(last?.type).toBe(FRAME.error);
        expect(new PayloadReader(last?.payload ?? new Uint8Array()).u16()).toBe(2);
        connection.reset();
      });

      it.each([
        ["a signal 0", numbersFrame(FRAME.signal, 0)],
        ["a signal 65", numbersFrame(FRAME.signal, 65)],
        ["a grant for stream 3", numbersFrame(FRAME.grant, 3, 1)],
        ["a grant of 4 GB", numbersFrame(FRAME.grant, 1, 0xffff_ffff)],
        ["a request", frame(FRAME.ping)],
        ["output", frame(FRAME.stdout, new Uint8Array(5))],
        ["data after its end", concat([frame(FRAME.end), frame(FRAME.data, new Uint8Array(5))])],
        ["an unknown frame", frame(0x77)],
      ])("%s during a program ends it", async (_, bytes) => {
        const connection = await agent.connect();
        await connection.write(concat([helloFrame(), execFrame({ command: "exec sleep 1000", hasStdin: true })]));
        const frames = new FrameReader(() => connection.read());
        await frames.next();
        const pid = new PayloadReader((await frames.next())?.payload ?? new Uint8Array()).u32();
        expect(isAlive(pid)).toBe(true);
        await connection.write(bytes);
        const refusal = await frames.next();
        expect(refusal?.type).toBe(FRAME.error);
        expect(new PayloadReader(refusal?.payload ?? new Uint8Array()).u16()).toBe(2);
        await until(() => !isAlive(pid));
        connection.reset();
      });

      it.each([1, 2, 3, 4, 5, 6])(
        "a client that sends anything and goes at any byte does no harm (seed %i)",
        async (seed) => {
          const rng = seededRandom(seed);
          const oneOf = <T>(...values: T[]) => values[rng.int(values.length)] as T;
          const target = join(agent.directory, "target");
          writeFileSync(target, "old");
          const requests = () =>
            oneOf<() => Uint8Array>(
              () =>
                execFrame({
                  command: oneOf("cat", "true", "yes", "sleep 1000", "exit 7"),
                  hasStdin: true,
                  timeoutMs: 500,
                }),
              () => frame(FRAME.readFile, text(oneOf("/etc/passwd", "/dev/zero", "/none"))),
              () => frame(FRAME.writeFile, concat([new Uint8Array(4), text(target)])),
              () => frame(FRAME.ping, rng.bytes(rng.int(80))),
              () => frame(rng.int(256), rng.bytes(rng.int(3000))),
            )();
          const followers = () =>
            oneOf<() => Uint8Array>(
              () => frame(FRAME.data, rng.bytes(rng.int(MAX_DATA_BYTES))),
              () => numbersFrame(FRAME.grant, rng.int(4), rng.int(1 << 20)),
              () => numbersFrame(FRAME.signal, oneOf(1, 2, 15, 0)),
              () => frame(rng.int(64), rng.bytes(rng.int(100))),
              () => rng.bytes(rng.int(100)),
            )();
          const before = agent.descriptors;
          for (let round = 0; round < 60; round++) {
            const connection = await agent.connect();
            const bytes = concat([
              oneOf(helloFrame(), helloFrame(), helloFrame(), helloFrame(), rng.bytes(20)),
              requests(),
              ...Array.from({ length: rng.int(8) }, followers),
            ]);
            const cut = rng.int(3) === 0 ? rng.int(bytes.byteLength) : bytes.byteLength;
            const sending = connection.write(bytes.subarray(0, cut)).catch(() => {});
            if (rng.int(2) === 0) await connection.read().catch(() => {});
            if (rng.int(2) === 0) await sending;
            connection.reset();
            await sending;
          }
          await until(() => agent.children.length === 0);
          await client.ping();
          await until(() => agent.children.length === 0);
          expect(agent.descriptors).toBe(before);
          expect(readdirSync(agent.directory).filter((name) => name.startsWith(".tabvisor"))).toEqual([]);
          // A whole request that happens to end with END may have replaced it; torn it must not be.
          expect(existsSync(target)).toBe(true);
        },
      );
    });
  },
);
