import { beforeEach, describe, expect, it } from "vitest";
import { concat } from "../../../src/base/bytes.ts";
import type { CloudError } from "../../../src/base/errors.ts";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { MemoryConnection } from "../../../test/support/memory-connection.ts";
import { unavailable } from "./agent-errors.ts";
import { type AgentIdentity, AgentPresence } from "./agent-presence.ts";
import { FrameReader } from "./frame-reader.ts";
import { FRAME, frame, helloFrame, numbersFrame, text } from "./frames.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve));

let clock: FakeClock;
let log: string[];
let presence: AgentPresence;

beforeEach(() => {
  clock = new FakeClock();
  log = [];
  const listener = {
    onReady: ({ hostname }: AgentIdentity) => log.push(`ready ${hostname}`),
    onLost: (reason: CloudError) => log.push(`lost ${reason.code}`),
  };
  presence = new AgentPresence(listener, clock);
});

const readyFrame = (hostname: string) =>
  frame(FRAME.ready, concat([new Uint8Array([7, 0, 0, 0]), text("boot-1", hostname, "6.1")]));

/** The guest's agent connects and says `frames`. */
async function connect(...frames: Uint8Array[]): Promise<MemoryConnection> {
  const [host, guest] = MemoryConnection.pair();
  void presence.accept(host);
  await guest.write(concat(frames));
  await settle();
  return guest;
}

describe("AgentPresence", () => {
  it("A2, A4: is ready when the agent has introduced itself, and answers HELLO", async () => {
    const waiting = presence.ready(1000);
    const guest = await connect(helloFrame(), readyFrame("one"));
    await waiting;
    await presence.ready(0);
    expect(log).toEqual(["ready one"]);
    expect(presence.identity).toEqual({ agentVersion: 7, bootId: "boot-1", hostname: "one", kernel: "6.1" });
    expect(await new FrameReader(() => guest.read()).next()).toMatchObject({ type: FRAME.hello });
    expect(clock.pendingTimers).toBe(0);
  });

  it("A3: tells when the agent goes, and waits for the next", async () => {
    const guest = await connect(helloFrame(), readyFrame("one"));
    guest.reset();
    await settle();
    expect(log).toEqual(["ready one", "lost Agent.Unavailable"]);
    expect(presence.identity).toBeUndefined();
    const waiting = presence.ready(1000);
    await connect(helloFrame(), readyFrame("two"));
    await waiting;
    expect(log).toEqual(["ready one", "lost Agent.Unavailable", "ready two"]);
  });

  it("takes a new agent for the old one's successor", async () => {
    const first = await connect(helloFrame(), readyFrame("one"));
    await connect(helloFrame(), readyFrame("two"));
    expect(first.isOver).toBe(true);
    expect(log).toEqual(["ready one", "lost Agent.Unavailable", "ready two"]);
    expect(presence.identity?.hostname).toBe("two");
  });

  it("rejects who waits too long, and says what to do", async () => {
    const waiting = presence.ready(60_000);
    const rejected = expect(waiting).rejects.toMatchObject({
      code: "Agent.Unavailable",
      message: expect.stringContaining("Look at the console"),
      details: { timeoutMs: 60_000 },
    });
    await clock.advance(60_000);
    await rejected;
  });

  it("A4: refuses an agent of another version, and tells it and everyone who waits", async () => {
    const waiting = presence.ready(1000);
    const rejected = expect(waiting).rejects.toMatchObject({ code: "Agent.ProtocolVersion", details: { got: 9 } });
    const guest = await connect(helloFrame(9));
    await rejected;
    const frames = new FrameReader(() => guest.read());
    expect((await frames.next())?.type).toBe(FRAME.hello);
    expect((await frames.next())?.type).toBe(FRAME.error);
    expect(await frames.next()).toBeUndefined();
    await expect(presence.ready(1000)).rejects.toMatchObject({ code: "Agent.ProtocolVersion" });
    expect(log).toEqual([]);
    // Updated in the guest, it is welcome.
    await connect(helloFrame(), readyFrame("new"));
    await presence.ready(0);
  });

  it.each([
    ["no HELLO", [frame(FRAME.ping)]],
    ["no frame", [new Uint8Array(20).fill(0xff)]],
    ["no READY", [helloFrame(), frame(FRAME.ok)]],
    ["half a READY", [helloFrame(), numbersFrame(FRAME.ready, 1)]],
  ])("drops a connection with %s, and goes on waiting", async (_, frames) => {
    const waiting = presence.ready(1000);
    const guest = await connect(...frames);
    expect(guest.isOver).toBe(true);
    await connect(helloFrame(), readyFrame("real"));
    await waiting;
    expect(log).toEqual(["ready real"]);
  });

  it("drops a connection that says nothing", async () => {
    const guest = await connect();
    expect(guest.isOver).toBe(false);
    await clock.advance(10_000);
    await settle();
    expect(guest.isOver).toBe(true);
    expect(log).toEqual([]);
  });

  it("rejects everyone at once when it is closed, until an agent comes", async () => {
    const guest = await connect(helloFrame(), readyFrame("one"));
    presence.close(unavailable("The machine is off."));
    await settle();
    expect(guest.isOver).toBe(true);
    expect(log).toEqual(["ready one", "lost Agent.Unavailable"]);
    await expect(presence.ready(60_000)).rejects.toMatchObject({ message: "The machine is off." });
    expect(clock.pendingTimers).toBe(0);
  });
});
