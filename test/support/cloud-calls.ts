import { expect } from "vitest";
import type { CloudResources } from "../../src/cloud/assembly.ts";
import type { CloudInstance } from "../../src/cloud/instance.ts";
import { settle } from "./fake-clock.ts";

/** The call rejects with a `CloudError` of this code, whose message has this text in it. */
export async function rejects(call: Promise<unknown>, code: string, text = ""): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: "CloudError", code, message: expect.stringContaining(text) });
}

/** Launches one instance, of "tiny" unless the request says otherwise, and lets it come up. */
export async function launched({ instances }: CloudResources, request: object = {}): Promise<CloudInstance> {
  const [vm] = await instances.launch({ image: "tiny", ...request });
  await settle();
  if (vm === undefined) throw new Error("nothing was launched");
  return vm;
}

/** What runs a test's cloud: nothing that could be closed. */
export const TEST_HOST = { stopAll: async () => {}, close: async () => {} };
