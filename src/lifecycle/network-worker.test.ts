import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { networkContract } from "../protocol/network-contract.ts";
import { serve } from "../protocol/rpc.ts";
import { NetworkWorker } from "./network-worker.ts";

/** A thread that is told the network's calls, and writes down which. */
class FakeWorker extends EventTarget {
  readonly calls: string[] = [];
  readonly #channel = new MessageChannel();

  constructor() {
    super();
    const { port1, port2 } = this.#channel;
    port1.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent("message", { data }));
    const note = async (call: string) => void this.calls.push(call);
    const nobody = async () => {
      throw new TypeError("nobody asks for it here");
    };
    serve(
      networkContract,
      {
        setUp: () => note("setUp"),
        configure: () => note("configure"),
        plug: (id) => note(`plug ${id}`),
        unplug: (id) => note(`unplug ${id}`),
        counters: async () => ({}),
        connect: nobody,
        flowLog: nobody,
        incidents: nobody,
        followFlowLog: nobody,
        capture: nobody,
      },
      port2,
    );
    port2.start();
  }

  postMessage(message: unknown, moves: Transferable[]): void {
    this.#channel.port1.postMessage(message, moves);
  }

  ready(): void {
    const data = { tabvisor: "ready", protocolVersion: 1, lifeLock: "life" };
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  terminate(): void {
    this.#channel.port1.close();
    this.#channel.port2.close();
  }
}

let worker: FakeWorker;
let network: NetworkWorker;

beforeEach(() => {
  vi.stubGlobal("navigator", { locks: { request: () => new Promise(() => {}) } });
  network = new NetworkWorker(() => {
    worker = new FakeWorker();
    return worker as unknown as Worker;
  });
});

afterEach(() => {
  network.dispose();
  vi.unstubAllGlobals();
});

/** What the worker has been told, when it has been told all of it. */
async function calls(): Promise<string[]> {
  await (await network.client())?.counters();
  return worker.calls.splice(0);
}

it("an interface that is plugged in again is not unplugged by who had it before", async () => {
  const given: string[] = [];
  const first = network.plug("eni-a", () => given.push("first"));
  worker.ready();
  const second = network.plug("eni-a", () => given.push("second"));
  const other = network.plug("eni-b", () => given.push("other"));
  expect(await calls()).toEqual(["plug eni-a", "plug eni-a", "plug eni-b"]);
  first.dispose();
  expect(await calls()).toEqual([]);
  second.dispose();
  second.dispose();
  other.dispose();
  expect(await calls()).toEqual(["unplug eni-a", "unplug eni-b"]);
  expect(given).toEqual(["first", "second", "other"]);
});
