import * as v from "valibot";
import { afterEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/support/fake-clock.ts";
import { CloudError } from "../base/errors.ts";
import type { Contract, Implementation } from "./contract.ts";
import { connect, serve } from "./rpc.ts";

const contract = {
  add: { args: v.tuple([v.number(), v.number()]), result: v.number(), deadlineMs: 1000 },
  fail: { args: v.tuple([v.string()]), result: v.void(), deadlineMs: 1000 },
  hang: { args: v.tuple([]), result: v.void(), deadlineMs: 1000 },
  buffer: {
    args: v.tuple([v.number()]),
    result: v.object({ data: v.instance(Uint8Array) }),
    deadlineMs: 1000,
    transferResult: true,
  },
  listen: { args: v.tuple([v.object({ port: v.instance(MessagePort) })]), result: v.void(), deadlineMs: 1000 },
} satisfies Contract;

let sent: Uint8Array<ArrayBuffer> | undefined;

const implementation: Implementation<typeof contract> = {
  add: (a, b) => a + b,
  fail(kind) {
    if (kind === "typed") throw new CloudError("InvalidVolume.NotFound", "no such volume", { volumeId: "vol-1" });
    if (kind === "unserialisable") throw new CloudError("Odd", "odd", { self: () => {} });
    throw new TypeError("plain");
  },
  hang: () => new Promise<void>(() => {}),
  buffer(bytes) {
    sent = new Uint8Array(bytes).fill(7);
    return { data: sent };
  },
  listen({ port }) {
    port.postMessage("hello");
  },
};

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

function pair(
  clock = new FakeClock(),
  served: Implementation<typeof contract> = implementation,
  gone?: Promise<never>,
) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  serve(contract, served, port1);
  return connect(contract, port2, clock, gone);
}

describe("calls between threads", () => {
  it("give results", async () => {
    expect(await pair().add(2, 3)).toBe(5);
  });

  it("keep an error's code, message and details", async () => {
    await expect(pair().fail("typed")).rejects.toMatchObject({
      name: "CloudError",
      code: "InvalidVolume.NotFound",
      message: "no such volume",
      details: { volumeId: "vol-1" },
    });
  });

  it("carry errors that are not ours, and details that cannot be cloned", async () => {
    await expect(pair().fail("plain")).rejects.toMatchObject({ code: "InternalError", message: "plain" });
    await expect(pair().fail("unserialisable")).rejects.toMatchObject({ code: "Odd" });
  });

  it("reject when the other end is gone, those under way and later ones", async () => {
    let goAway: (error: Error) => void = () => {};
    const gone = new Promise<never>((_, reject) => {
      goAway = reject;
    });
    const client = pair(undefined, implementation, gone);
    const underWay = expect(client.hang()).rejects.toMatchObject({ code: "Worker.Gone" });
    goAway(new CloudError("Worker.Gone", "gone"));
    await underWay;
    await expect(client.hang()).rejects.toMatchObject({ code: "Worker.Gone" });
  });

  it("refuse arguments that the contract does not allow, before the callee sees them", async () => {
    const seen: unknown[] = [];
    const client = pair(undefined, { ...implementation, add: (a, b) => seen.push(a, b) });
    await expect(client.add("2" as unknown as number, 3)).rejects.toMatchObject({ code: "Protocol.Invalid" });
    expect(seen).toEqual([]);
  });

  it("refuse results that the contract does not allow", async () => {
    const client = pair(undefined, { ...implementation, add: () => "five" as unknown as number });
    await expect(client.add(2, 3)).rejects.toMatchObject({ code: "Protocol.Invalid" });
  });

  it("end at their deadline", async () => {
    const clock = new FakeClock();
    const call = expect(pair(clock).hang()).rejects.toMatchObject({
      code: "RequestTimeout",
      details: { timeoutMs: 1000 },
    });
    await clock.advance(1000);
    await call;
  });

  it("move buffers of results where the contract says so, and ports of arguments always", async () => {
    const client = pair();
    expect((await client.buffer(3)).data).toEqual(new Uint8Array([7, 7, 7]));
    expect(sent?.byteLength).toBe(0);
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    const heard = new Promise((resolve) => port1.addEventListener("message", (event) => resolve(event.data)));
    port1.start();
    await client.listen({ port: port2 });
    expect(await heard).toBe("hello");
  });
});
