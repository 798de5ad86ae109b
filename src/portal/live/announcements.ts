import type { Instance, InstanceState } from "../../api/types.ts";

/** What a screen reader should hear when instances have changed state; empty when nothing is worth saying. */
export function describeChanges(
  before: ReadonlyMap<string, InstanceState>,
  now: readonly Pick<Instance, "id" | "name" | "state">[],
): string {
  const sentences = now
    .filter(({ id, state }) => before.has(id) && before.get(id) !== state)
    .map(({ id, name, state }) => `${name || id} is ${state}.`);
  return sentences.join(" ");
}

export function statesOf(instances: readonly Pick<Instance, "id" | "state">[]): Map<string, InstanceState> {
  return new Map(instances.map(({ id, state }) => [id, state]));
}
