import { expect, it } from "vitest";
import { concat } from "../../../src/base/bytes.ts";
import { FrameReader } from "../../../workers/vm/agent/frame-reader.ts";
import {
  errorFrame,
  FRAME,
  FRAME_HEADER_BYTES,
  frame,
  helloFrame,
  PayloadReader,
} from "../../../workers/vm/agent/frames.ts";
import { describeAgent } from "./harness.ts";
import { type SocketConnection, until } from "./native-agent.ts";

describeAgent("connections", (fixture) => {
  it("A2: introduces itself, and again when the connection ends", async () => {
    for (const index of [0, 1]) {
      await until(() => fixture().controls.length > index);
      const connection = fixture().controls[index] as SocketConnection;
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
    await fixture().controls[0]?.write(concat([helloFrame(9), errorFrame(1, "no")]));
    fixture().controls[0]?.reset();
    await fixture().client.ping();
  });

  it("A4: answers a host of another version with its own and an error", async () => {
    const connection = await fixture().agent.connect();
    await connection.write(helloFrame(2));
    const frames = new FrameReader(() => connection.read());
    expect((await frames.next())?.payload).toEqual(helloFrame(1).subarray(FRAME_HEADER_BYTES));
    const refusal = await frames.next();
    expect(refusal?.type).toBe(FRAME.error);
    expect(new PayloadReader(refusal?.payload ?? new Uint8Array()).u16()).toBe(1);
    connection.reset();
  });

  it("A1: runs 64 sessions at a time and refuses the next", async () => {
    const programs = await Promise.all(Array.from({ length: 64 }, () => fixture().start(["sleep", "1000"])));
    await expect(fixture().client.ping()).rejects.toMatchObject({ code: "Agent.Busy" });
    for (const one of programs) one.signal("SIGKILL");
    expect(await Promise.all(programs.map(({ result }) => result))).toHaveLength(64);
    await until(() => fixture().agent.children.length === 0);
    await fixture().client.ping();
  });

  it("A7: ends a session that does not say what it wants", async () => {
    const silent = await fixture().agent.connect();
    expect(await silent.read()).toBeUndefined();
    const half = await fixture().agent.connect();
    await half.write(concat([helloFrame(), frame(FRAME.ping).subarray(0, 5)]));
    const frames = new FrameReader(() => half.read());
    expect((await frames.next())?.type).toBe(FRAME.hello);
    expect(await frames.next()).toBeUndefined();
    await until(() => fixture().agent.children.length === 0);
  });
});
