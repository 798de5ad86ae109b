import { expect, it } from "vitest";
import { Carriage } from "../../protocol/carriage.ts";
import { type FlowLogListener, followFlowLog } from "./interface-observation.ts";
import type { PacketNetwork } from "./network-in-force.ts";

/** A network on which nothing passes: it says who is listened for, until it is told to stop. */
function quietNetwork() {
  const followed = new Set<MessagePort>();
  const client = {
    followFlowLog: (_id: string, port: MessagePort) =>
      new Promise<void>((resolve) => {
        followed.add(port);
        port.onmessage = () => {
          followed.delete(port);
          port.close();
          resolve();
        };
      }),
  };
  return { followed, packets: { client: async () => client } as unknown as Pick<PacketNetwork, "client"> };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 0));
};

it("F54: who follows a flow log from a tab that is gone is not told any more, though nothing passes", async () => {
  const { followed, packets } = quietNetwork();
  const gone = new AbortController();
  const [theirs, ours] = [new Carriage(new AbortController().signal), new Carriage(gone.signal)];
  const listener = ours.unpack(theirs.pack(() => {})) as FlowLogListener;
  const following = followFlowLog(packets, "eni-1", listener);
  await until(() => followed.size === 1);
  gone.abort(new Error("The tab that asked for it is gone."));
  await following;
  expect(followed.size).toBe(0);
  // Nor is it begun when the tab has gone meanwhile.
  await followFlowLog(packets, "eni-1", listener);
  expect(followed.size).toBe(0);
  theirs.dispose();
});

it("F54: who follows it in this tab does so until they say that it is enough", async () => {
  const { followed, packets } = quietNetwork();
  const enough = new AbortController();
  const following = followFlowLog(packets, "eni-1", () => {}, enough.signal);
  await until(() => followed.size === 1);
  enough.abort();
  await following;
  expect(followed.size).toBe(0);
});
