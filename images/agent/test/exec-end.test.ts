import { expect, it } from "vitest";
import { CloudError } from "../../../src/base/errors.ts";
import { describeAgent, Gate, ok, streamOf } from "./harness.ts";
import { isAlive, until } from "./native-agent.ts";

describeAgent("signals and ends", (fixture) => {
  it("A14: hears a signal while stdin is full and nobody reads the output", async () => {
    const gate = new Gate();
    const session = await fixture().start("yes & exec sleep 1000", {
      stdin: streamOf(new Uint8Array(2_000_000)),
      stdout: gate,
    });
    await until(() => gate.chunks.length > 0);
    session.signal("SIGTERM");
    await until(() => fixture().agent.children.length === 1);
    gate.open();
    expect(await session.result).toEqual({ exitCode: 143, signal: "SIGTERM", timedOut: false });
  });

  it("A15: signals the whole group", async () => {
    // A shell that minds the first signal may end by it before the second comes.
    const session = await fixture().start("trap '' INT; sleep 1000 & sleep 1000 & echo $!; wait");
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
    const result = await fixture().exec("trap 'echo bye; exit 9' TERM; sleep 1000 & wait", { timeoutMs: 50 });
    expect(result).toEqual({ exitCode: 9, signal: null, timedOut: true, out: "bye\n", err: "" });
  });

  it("A16: and then by force", async () => {
    const session = await fixture().start("trap '' TERM; sleep 1000 & echo $!; while :; do wait; done", {
      timeoutMs: 50,
    });
    expect(await session.result).toEqual({ exitCode: 137, signal: "SIGKILL", timedOut: true });
    await until(() => !isAlive(Number(session.stdout.text)));
  });

  it("A17: does not wait for what goes on in the background", async () => {
    const session = await fixture().start("sleep 1000 & echo $!");
    expect(await session.result).toEqual(ok);
    const pid = Number(session.stdout.text);
    await until(() => fixture().agent.children.length === 0);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  it("A17: sends what was in the pipes when the program ended, however slow the reader", async () => {
    const gate = new Gate();
    const session = await fixture().start("head -c 1100000 /dev/zero; head -c 60000 /dev/zero; sleep 1000 & exit 4", {
      stdout: gate,
    });
    await until(() => gate.chunks.length > 0);
    gate.open();
    expect(await session.result).toMatchObject({ exitCode: 4 });
    expect(gate.bytes.byteLength).toBe(1_160_000);
  });

  it("A18: kills the group when the host goes", async () => {
    const session = await fixture().start("trap '' HUP TERM INT; sleep 1000 & echo $$ $!; wait");
    await until(() => session.stdout.text.includes("\n"));
    const pids = session.stdout.text.trim().split(" ").map(Number);
    session.abort(new CloudError("Test.Gone", "gone"));
    await expect(session.result).rejects.toMatchObject({ code: "Test.Gone" });
    await until(() => !pids.some(isAlive));
  });

  it("A18: kills the program even when its session is killed", async () => {
    const session = await fixture().start("echo $$; exec sleep 1000");
    await until(() => session.stdout.text.includes("\n"));
    for (const pid of fixture().agent.children) process.kill(pid, "SIGKILL");
    await expect(session.result).rejects.toMatchObject({ code: "Agent.Unavailable" });
    await until(() => !isAlive(Number(session.stdout.text)));
  });
});
