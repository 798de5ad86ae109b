import { expect, it } from "vitest";
import { systemLocks } from "../../src/base/locks.ts";
import type { MachineSpec } from "../../src/protocol/vm-contract.ts";
import { holdInstance } from "./instance-lock.ts";

const spec = (database: string, instanceId: string) => ({ database, instanceId }) as MachineSpec;

it("L16 an instance has one machine; the same id in another cloud is another instance", async () => {
  await holdInstance(spec("a", "i-1"));
  await holdInstance(spec("b", "i-1"));
  await expect(holdInstance(spec("a", "i-1"), 10)).rejects.toMatchObject({ code: "Instance.InUse" });
});

it("L16 waits for a worker that is about to end", async () => {
  const release = await systemLocks().acquire("tabvisor-instance c/i-1");
  const held = holdInstance(spec("c", "i-1"));
  release?.();
  await held;
});
