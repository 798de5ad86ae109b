import { existsSync, readdirSync, writeFileSync } from "node:fs";
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
  numbersFrame,
  PayloadReader,
  text,
} from "../../../workers/vm/agent/frames.ts";
import { describeAgent } from "./harness.ts";
import { isAlive, until } from "./native-agent.ts";

describeAgent("nonsense (A8, A23)", (fixture) => {
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
    const connection = await fixture().agent.connect();
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
    const connection = await fixture().agent.connect();
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
      const target = join(fixture().agent.directory, "target");
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
      const before = fixture().agent.descriptors;
      for (let round = 0; round < 60; round++) {
        const connection = await fixture().agent.connect();
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
      await until(() => fixture().agent.children.length === 0);
      await fixture().client.ping();
      await until(() => fixture().agent.children.length === 0);
      expect(fixture().agent.descriptors).toBe(before);
      expect(readdirSync(fixture().agent.directory).filter((name) => name.startsWith(".tabvisor"))).toEqual([]);
      // A whole request that happens to end with END may have replaced it; torn it must not be.
      expect(existsSync(target)).toBe(true);
    },
  );
});
