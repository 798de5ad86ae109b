import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { pumpInto, readAll, readPort } from "../../../src/protocol/port-stream.ts";
import type { ExecRequest, ExecResult } from "../../../src/protocol/vm-contract.ts";
import { TestVm } from "../testing/test-vm.ts";

/** The real agent in the real image, from the page through the worker. Real boots on a busy machine. */
const LIMIT_MS = 120_000;
const TEN_MB = 10_000_000;

let vm: TestVm;

beforeAll(async () => {
  vm = await TestVm.boot();
  await vm.event("ready");
}, LIMIT_MS);
afterAll(() => vm.dispose());

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Run extends ExecResult {
  stdout: Uint8Array<ArrayBuffer>;
  stderr: string;
}

async function exec(
  command: string | string[],
  { stdin, signal, ...request }: Partial<ExecRequest> & { stdin?: Uint8Array; signal?: string } = {},
): Promise<Run> {
  const [out, err, control] = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
  const input = stdin === undefined ? null : new MessageChannel();
  if (input !== null && stdin !== undefined) void pumpInto(input.port1, stdin);
  if (signal !== undefined) control.port1.postMessage({ signal });
  const [result, stdout, stderr] = await Promise.all([
    vm.client.exec(
      { command, hasStdin: input !== null, ...request },
      { stdin: input?.port2 ?? null, stdout: out.port2, stderr: err.port2, control: control.port2 },
    ),
    readAll(readPort(out.port1), 64 << 20),
    readAll(readPort(err.port1), 64 << 20),
  ]);
  return { ...result, stdout, stderr: new TextDecoder().decode(stderr) };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("the agent in the guest", { timeout: LIMIT_MS }, () => {
  it("returns 10 MB of output intact", async () => {
    const sum = text(
      (await exec(`dd if=/dev/urandom of=/tmp/random bs=1000000 count=10; sha256sum /tmp/random`)).stdout,
    );
    const { stdout, exitCode } = await exec("cat /tmp/random");
    expect(exitCode).toBe(0);
    expect(stdout.byteLength).toBe(TEN_MB);
    expect(sum).toContain(await sha256(stdout));
  });

  it("passes 10 MB of stdin through, both ways at a time", async () => {
    const bytes = seededRandom(1).bytes(TEN_MB).slice();
    const { stdout } = await exec("tee /tmp/copy | sha256sum; cat /tmp/copy", { stdin: bytes });
    const lineEnd = stdout.indexOf(10) + 1;
    const sum = await sha256(bytes);
    expect(text(stdout.subarray(0, lineEnd))).toBe(`${sum}  -\n`);
    expect(await sha256(stdout.slice(lineEnd))).toBe(sum);
  });

  it("keeps streams, codes, signals and limits apart", async () => {
    const both = await exec("echo out; echo err >&2; exit 7");
    expect(both).toMatchObject({ exitCode: 7, signal: null, timedOut: false, stderr: "err\n" });
    expect(text(both.stdout)).toBe("out\n");
    expect(await exec(["sleep", "1000"], { signal: "SIGTERM" })).toMatchObject({ exitCode: 143, signal: "SIGTERM" });
    expect(await exec("sleep 1000", { timeoutMs: 100 })).toMatchObject({ exitCode: 143, timedOut: true });
    await expect(exec(["no-such-program"])).rejects.toMatchObject({ code: "Agent.NoSuchProgram" });
    expect(await exec("no-such-program")).toMatchObject({ exitCode: 127 });
  });

  it("runs as a user, somewhere, with variables", async () => {
    const { stdout } = await exec("id -un; pwd; echo $HOME $COLOR", {
      user: "ec2-user",
      cwd: "/usr",
      env: { COLOR: "blue" },
    });
    expect(text(stdout)).toBe("ec2-user\n/usr\n/home/ec2-user blue\n");
  });

  it("runs 20 programs at a time", async () => {
    const runs = await Promise.all(Array.from({ length: 20 }, (_, index) => exec(`sleep 0.2; echo ${index}`)));
    expect(runs.map(({ stdout }) => text(stdout))).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n`));
  });

  it("writes and reads files whole", async () => {
    const bytes = seededRandom(2).bytes(3_000_000).slice();
    const [into, from] = [new MessageChannel(), new MessageChannel()];
    void pumpInto(into.port1, bytes);
    await vm.client.writeFile("/root/file", { mode: 0o640 }, into.port2);
    const [read] = await Promise.all([
      readAll(readPort(from.port1), 64 << 20),
      vm.client.readFile("/root/file", from.port2),
    ]);
    expect(await sha256(read)).toBe(await sha256(bytes));
    expect(text((await exec("stat -c '%a %s' /root/file; ls -A /root | grep tabvisor")).stdout)).toBe("640 3000000\n");
  });

  it("sets the clock and answers", async () => {
    await vm.client.setClock(Date.UTC(2031, 1, 3));
    expect(text((await exec("date -u +%Y-%m-%d")).stdout)).toBe("2031-02-03\n");
    await vm.client.ping();
  });

  it("comes back after it was killed; what ran is reported, not lost", async () => {
    const running = exec("sleep 1000");
    running.catch(() => {});
    // The agent's own process is a child of init; its sessions are its children. This one may end before it is cut off.
    const ofInit = "grep -l 'PPid:.1$' $(pidof tabvisor-agent | sed 's,[0-9][0-9]*,/proc/&/status,g')";
    await exec(`kill -9 $(${ofInit} | cut -d/ -f3)`).catch(() => {});
    await expect(running).rejects.toMatchObject({ code: "Agent.Unavailable" });
    await vm.event("ready", 2);
    expect(text((await exec("pgrep -x sleep | wc -l")).stdout)).toBe("0\n");
  });

  it("powers off in order", async () => {
    await vm.client.shutdown();
    await vm.event("powered-off");
    await expect(exec("true")).rejects.toMatchObject({ code: expect.any(String) });
  });
});
