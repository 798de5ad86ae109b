import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { concat } from "../../../src/base/bytes.ts";
import { toDisposable } from "../../../src/base/disposable.ts";
import { CloudError } from "../../../src/base/errors.ts";
import { pumpInto, readAll, readPort } from "../../../src/protocol/port-stream.ts";
import type { ExecRequest, ExecResult } from "../../../src/protocol/vm-contract.ts";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { MemoryConnection } from "../../../test/support/memory-connection.ts";
import { AgentService, type IncomingConnection } from "./agent-service.ts";
import { FrameReader } from "./frame-reader.ts";
import { ERROR_KIND, errorFrame, FRAME, frame, helloFrame, numbersFrame, text } from "./frames.ts";

/** A session as the agent sees it: the test answers by hand. */
class Session {
  readonly connection: MemoryConnection;
  readonly frames: FrameReader;
  constructor(connection: MemoryConnection) {
    this.connection = connection;
    this.frames = new FrameReader(() => connection.read());
  }
  /** Reads HELLO and the request, answers HELLO; gives the request's type. */
  async begin(version?: number): Promise<number> {
    await this.frames.next();
    const request = await this.frames.next();
    await this.connection.write(helloFrame(version));
    return request?.type ?? -1;
  }
}

let clock: FakeClock;
let service: AgentService;
let log: string[];
let sessions: Session[];
let onSession: ((session: Session) => Promise<unknown>) | undefined;
let onControl: ((connection: IncomingConnection) => void) | undefined;
let ports: MessagePort[];

beforeEach(() => {
  clock = new FakeClock();
  log = [];
  sessions = [];
  ports = [];
  onSession = undefined;
  service = new AgentService({
    clock,
    transport: {
      async connect() {
        const [host, guest] = MemoryConnection.pair();
        const session = new Session(guest);
        sessions.push(session);
        void onSession?.(session);
        return host;
      },
      listen(_, callback) {
        onControl = callback;
        return toDisposable(() => {
          onControl = undefined;
        });
      },
    },
    onReady: () => log.push("ready"),
    onLost: () => log.push("lost"),
  });
});
afterEach(() => {
  service.dispose();
  for (const port of ports) port.close();
});

const settle = () => new Promise((resolve) => setTimeout(resolve));

async function agentComes(peerPort = 512): Promise<MemoryConnection> {
  const [host, guest] = MemoryConnection.pair();
  onControl?.(Object.assign(host, { peerPort }));
  const ready = frame(FRAME.ready, concat([new Uint8Array(4), text("boot", "host", "6.1")]));
  await guest.write(concat([helloFrame(), ready]));
  await settle();
  return guest;
}

function channel(): MessageChannel {
  const made = new MessageChannel();
  ports.push(made.port1, made.port2);
  return made;
}

function exec(request: Partial<ExecRequest> = {}, stdin?: Uint8Array) {
  const [out, err, control] = [channel(), channel(), channel()];
  const input = stdin === undefined ? null : channel();
  const result: Promise<ExecResult> = service.exec(
    { command: "true", hasStdin: stdin !== undefined, ...request },
    { stdin: input?.port1 ?? null, stdout: out.port1, stderr: err.port1, control: control.port1 },
  );
  // Tests look at it later; until then a rejection is not unhandled.
  result.catch(() => {});
  const read = async (port: MessagePort) => new TextDecoder().decode(await readAll(readPort(port), 1e6));
  const stdout = read(out.port2);
  const stderr = read(err.port2);
  stdout.catch(() => {});
  stderr.catch(() => {});
  if (input !== null && stdin !== undefined) void pumpInto(input.port2, stdin);
  return { result, stdout, stderr, control: control.port2 };
}

describe("exec over ports", () => {
  it("carries both outputs, stdin and the exit", async () => {
    await agentComes();
    onSession = async (session) => {
      expect(await session.begin()).toBe(FRAME.exec);
      const input: number[] = [];
      for (let next = await session.frames.next(); next?.type === FRAME.data; next = await session.frames.next()) {
        input.push(...next.payload);
      }
      await session.connection.write(
        concat([
          numbersFrame(FRAME.started, 42),
          frame(FRAME.stdout, Uint8Array.from(input)),
          frame(FRAME.stderr, new TextEncoder().encode("oh")),
          numbersFrame(FRAME.exit, 0, 3),
        ]),
      );
    };
    const { result, stdout, stderr } = exec({}, new TextEncoder().encode("hello"));
    expect(await result).toEqual({ exitCode: 3, signal: null, timedOut: false });
    expect(await stdout).toBe("hello");
    expect(await stderr).toBe("oh");
    expect(sessions[0]?.connection.isOver).toBe(true);
  });

  it("waits for an agent that is not there yet", async () => {
    const { result } = exec();
    await settle();
    expect(sessions).toEqual([]);
    onSession = async (session) => {
      await session.begin();
      await session.connection.write(numbersFrame(FRAME.exit, 0, 0));
    };
    await agentComes();
    expect((await result).exitCode).toBe(0);
  });

  it("gives up after 60 s without an agent, on the streams too", async () => {
    const { result, stdout, stderr } = exec({}, new Uint8Array(5));
    await settle();
    await clock.advance(60_000);
    for (const promise of [result, stdout, stderr]) {
      await expect(promise).rejects.toMatchObject({ code: "Agent.Unavailable" });
    }
  });

  it("sends signals, also those that came before the program", async () => {
    const { result, control } = exec();
    control.postMessage({ signal: "SIGINT" });
    control.postMessage({ signal: "SIGNONSENSE" });
    control.postMessage("nonsense");
    await settle();
    const signals: number[] = [];
    onSession = async (session) => {
      await session.begin();
      await session.connection.write(numbersFrame(FRAME.started, 42));
      signals.push((await session.frames.next())?.payload[0] ?? 0);
      control.postMessage({ signal: "SIGKILL" });
      signals.push((await session.frames.next())?.payload[0] ?? 0);
      await session.connection.write(numbersFrame(FRAME.exit, 1 | 2, 9));
    };
    await agentComes();
    expect(await result).toEqual({ exitCode: 137, signal: "SIGKILL", timedOut: true });
    expect(signals).toEqual([2, 9]);
  });

  it("A3: rejects with Agent.Unavailable when the agent goes", async () => {
    const control = await agentComes();
    onSession = async (session) => {
      await session.begin();
      await session.connection.write(
        concat([numbersFrame(FRAME.started, 42), frame(FRAME.stdout, new Uint8Array([104]))]),
      );
      await settle();
      control.reset();
    };
    const { result, stdout } = exec();
    await expect(result).rejects.toMatchObject({ code: "Agent.Unavailable" });
    await expect(stdout).rejects.toMatchObject({ code: "Agent.Unavailable" });
    expect(log).toEqual(["ready", "lost"]);
    expect(sessions[0]?.connection.isOver).toBe(true);
  });

  it("rejects with Agent.Unavailable when only its session breaks", async () => {
    await agentComes();
    onSession = async (session) => {
      await session.begin();
      session.connection.reset();
    };
    await expect(exec().result).rejects.toMatchObject({ code: "Agent.Unavailable" });
    expect(log).toEqual(["ready"]);
  });

  it("passes the guest's refusal on, and what the agent must not say", async () => {
    await agentComes();
    onSession = async (session) => {
      await session.begin();
      await session.connection.write(errorFrame(ERROR_KIND.user, "no user zed"));
    };
    await expect(exec().result).rejects.toMatchObject({
      code: "Agent.NoSuchUser",
      message: "In the guest: no user zed.",
    });
    onSession = async (session) => {
      await session.begin(2);
    };
    await expect(exec().result).rejects.toMatchObject({ code: "Agent.ProtocolVersion", details: { got: 2 } });
    onSession = async (session) => {
      await session.begin();
      await session.connection.write(frame(FRAME.pong));
    };
    await expect(exec().result).rejects.toMatchObject({ code: "Agent.Protocol" });
  });

  it("gives up an agent that takes the connection and says nothing", async () => {
    await agentComes();
    const { result } = exec();
    await settle();
    await clock.advance(30_000);
    await expect(result).rejects.toMatchObject({ code: "Agent.Timeout" });
    expect(sessions[0]?.connection.isOver).toBe(true);
  });
});

describe("files over ports", () => {
  it("reads", async () => {
    await agentComes();
    onSession = async (session) => {
      expect(await session.begin()).toBe(FRAME.readFile);
      await session.connection.write(
        concat([
          frame(FRAME.file, new Uint8Array(24)),
          frame(FRAME.data, new TextEncoder().encode("content")),
          frame(FRAME.end),
        ]),
      );
    };
    const { port1, port2 } = channel();
    const reading = readAll(readPort(port2), 100);
    await service.readFile("/file", port1);
    expect(new TextDecoder().decode(await reading)).toBe("content");
  });

  it("fails the stream as well as the call", async () => {
    await agentComes();
    onSession = async (session) => {
      await session.begin();
      await session.connection.write(
        concat([frame(FRAME.file, new Uint8Array(24)), errorFrame(ERROR_KIND.file, "/file: Input/output error")]),
      );
    };
    const { port1, port2 } = channel();
    const reading = readAll(readPort(port2), 100);
    reading.catch(() => {});
    await expect(service.readFile("/file", port1)).rejects.toMatchObject({ code: "Agent.FileError" });
    await expect(reading).rejects.toMatchObject({ code: "Agent.FileError" });
  });

  it("writes", async () => {
    await agentComes();
    const got: number[] = [];
    onSession = async (session) => {
      expect(await session.begin()).toBe(FRAME.writeFile);
      for (let next = await session.frames.next(); next?.type === FRAME.data; next = await session.frames.next()) {
        got.push(...next.payload);
      }
      await session.connection.write(frame(FRAME.ok));
    };
    const { port1, port2 } = channel();
    void pumpInto(port2, Uint8Array.from([1, 2, 3]));
    await service.writeFile("/file", { mode: 0o600 }, port1);
    expect(got).toEqual([1, 2, 3]);
  });

  it("aborts a write whose source fails: no END is sent", async () => {
    await agentComes();
    const types: number[] = [];
    onSession = async (session) => {
      await session.begin();
      for (let next = await session.frames.next(); next !== undefined; next = await session.frames.next()) {
        types.push(next.type);
      }
    };
    const { port1, port2 } = channel();
    const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.error(new CloudError("Test.Source", "broken")),
    });
    void pumpInto(port2, failing);
    await expect(service.writeFile("/file", { mode: 0o600 }, port1)).rejects.toMatchObject({ code: "Test.Source" });
    await settle();
    expect(types).not.toContain(FRAME.end);
    expect(sessions[0]?.connection.isOver).toBe(true);
  });
});

describe("short requests", () => {
  it.each([
    ["shutdown", FRAME.power, FRAME.ok, () => service.shutdown()],
    ["reboot", FRAME.power, FRAME.ok, () => service.reboot()],
    ["setClock", FRAME.setClock, FRAME.ok, () => service.setClock(1.7e12)],
    ["ping", FRAME.ping, FRAME.pong, () => service.ping()],
  ])("%s asks and awaits the answer", async (_, type, answer, ask) => {
    await agentComes();
    onSession = async (session) => {
      expect(await session.begin()).toBe(type);
      await session.connection.write(frame(answer));
    };
    await ask();
    expect(sessions[0]?.connection.isOver).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it("give up on a guest that does not answer", async () => {
    await agentComes();
    onSession = (session) => session.begin();
    const pinging = service.ping();
    pinging.catch(() => {});
    await settle();
    await clock.advance(5_000);
    await expect(pinging).rejects.toMatchObject({ code: "Agent.Timeout" });
  });

  it("give up on a guest without an agent within the contract's 10 s", async () => {
    const pinging = service.ping();
    pinging.catch(() => {});
    await clock.advance(4_000);
    await expect(pinging).rejects.toMatchObject({ code: "Agent.Unavailable" });
  });
});

describe("a user of the guest", () => {
  it("cannot pose as the agent (A2)", async () => {
    await agentComes(1023);
    const [host, guest] = MemoryConnection.pair();
    onControl?.(Object.assign(host, { peerPort: 1024 }));
    expect(guest.isOver).toBe(true);
    await settle();
    expect(log).toEqual(["ready"]);
  });
});

describe("the machine's end", () => {
  it("rejects what runs and what comes, at once", async () => {
    await agentComes();
    onSession = (session) => session.begin();
    const { result } = exec();
    await settle();
    service.close();
    await expect(result).rejects.toMatchObject({ code: "Agent.Unavailable", message: expect.stringContaining("off") });
    await expect(exec().result).rejects.toMatchObject({ code: "Agent.Unavailable" });
    await expect(service.ping()).rejects.toMatchObject({ code: "Agent.Unavailable" });
    expect(log).toEqual(["ready", "lost"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("rejects who waits for the agent", async () => {
    const { result } = exec();
    await settle();
    service.dispose();
    await expect(result).rejects.toMatchObject({ code: "Agent.Unavailable" });
    expect(onControl).toBeUndefined();
  });
});
