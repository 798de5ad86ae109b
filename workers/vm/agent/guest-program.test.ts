import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { concat } from "../../../src/base/bytes.ts";
import { toDisposable } from "../../../src/base/disposable.ts";
import { FakeClock, settle } from "../../../test/support/fake-clock.ts";
import { MemoryConnection } from "../../../test/support/memory-connection.ts";
import { AgentService, type IncomingConnection } from "./agent-service.ts";
import { FrameReader } from "./frame-reader.ts";
import { FRAME, frame, helloFrame, numbersFrame, text } from "./frames.ts";

let clock: FakeClock;
let service: AgentService;
let onControl: ((connection: IncomingConnection) => void) | undefined;
/** What the agent does with a session, after the request and its own HELLO. */
let behave: (frames: FrameReader, connection: MemoryConnection) => Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  service = new AgentService({
    clock,
    transport: {
      async connect() {
        const [host, guest] = MemoryConnection.pair();
        const frames = new FrameReader(() => guest.read());
        void (async () => {
          await frames.next();
          await frames.next();
          await guest.write(helloFrame());
          await guest.write(numbersFrame(FRAME.started, 42));
          await behave(frames, guest);
        })();
        return host;
      },
      listen(_, callback) {
        onControl = callback;
        return toDisposable(() => {});
      },
    },
    onReady: () => {},
    onLost: () => {},
  });
});
afterEach(() => service.dispose());

async function agentComes(): Promise<void> {
  const [host, guest] = MemoryConnection.pair();
  onControl?.(Object.assign(host, { peerPort: 512 }));
  await guest.write(
    concat([helloFrame(), frame(FRAME.ready, concat([new Uint8Array(4), text("boot", "host", "6.1")]))]),
  );
  await settle();
}

const output = (type: number, what: string) => frame(type, new TextEncoder().encode(what));
const exit = (status: number) => numbersFrame(FRAME.exit, 0, status);

describe("a program of the machine's own", () => {
  it("gives its output and exit status", async () => {
    await agentComes();
    behave = async (_, connection) => {
      await connection.write(concat([output(FRAME.stdout, "out"), output(FRAME.stderr, "err"), exit(3)]));
    };
    const result = await service.run({ command: ["true"], timeoutMs: 1000 });
    expect(result).toEqual({ exitCode: 3, signal: null, timedOut: false, stdout: "out", stderr: "err" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("is heard while it runs, and goes on when its input ends", async () => {
    await agentComes();
    behave = async (frames, connection) => {
      await connection.write(output(FRAME.stdout, "frozen\n"));
      expect((await frames.next())?.type).toBe(FRAME.end);
      await connection.write(concat([output(FRAME.stdout, "thawed\n"), exit(0)]));
    };
    const heard: string[] = [];
    let endInput = () => {};
    const stdin = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        endInput = () => controller.close();
      },
    });
    const onStdout = (text: string) => {
      if (heard.push(text) === 1) endInput();
    };
    expect((await service.run({ command: ["true"], timeoutMs: 1000, stdin, onStdout })).exitCode).toBe(0);
    expect(heard).toEqual(["frozen\n", "frozen\nthawed\n"]);
  });

  it("keeps a bounded part of its output", async () => {
    await agentComes();
    behave = async (_, connection) => {
      for (let count = 0; count < 4; count++) await connection.write(output(FRAME.stdout, "x".repeat(50_000)));
      await connection.write(exit(0));
    };
    expect((await service.run({ command: ["true"], timeoutMs: 1000 })).stdout).toHaveLength(65_536);
  });

  it("is given up when the guest cannot end it", async () => {
    await agentComes();
    behave = () => new Promise(() => {});
    const outcome = expect(service.run({ command: ["true"], timeoutMs: 1000 })).rejects.toMatchObject({
      code: "Agent.Timeout",
      details: { timeoutMs: 1000 },
    });
    await clock.advance(6000);
    await outcome;
  });

  it("waits for an agent as long as it is told to", async () => {
    behave = async (_, connection) => {
      await connection.write(exit(0));
    };
    const early = expect(service.run({ command: ["true"], timeoutMs: 1000, waitMs: 100 })).rejects.toMatchObject({
      code: "Agent.Unavailable",
    });
    const patient = service.run({ command: ["true"], timeoutMs: 1000, waitMs: 30_000 });
    await clock.advance(100);
    await early;
    await agentComes();
    expect((await patient).exitCode).toBe(0);
  });
});
