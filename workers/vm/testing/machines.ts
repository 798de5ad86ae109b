import { afterEach } from "vitest";
import { TestVm, type TestVmOptions } from "./test-vm.ts";

/** Real boots on a busy machine. */
export const LIMIT_MS = 120_000;

const machines: TestVm[] = [];

afterEach(() => {
  for (const vm of machines.splice(0)) vm.dispose();
});

/** Has the machine disposed of when the test is over. */
export function owned(vm: TestVm): TestVm {
  machines.push(vm);
  return vm;
}

/** Boots a machine that lives as long as the test. */
export async function boot(options?: TestVmOptions): Promise<TestVm> {
  return owned(await TestVm.boot(options));
}
