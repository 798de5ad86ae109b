import { CloudError, toCloudError } from "../../base/errors.ts";

/** Does it with every item at once; one that fails does not keep the others from going on. Rejects with what went wrong. */
export async function onAll<T extends { readonly id: string }>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(act));
  const failures = outcomes.flatMap((outcome, at) =>
    outcome.status === "rejected" ? [{ id: items[at]?.id, error: toCloudError(outcome.reason) }] : [],
  );
  const [first] = failures;
  if (first === undefined) return;
  if (items.length === 1) throw first.error;
  const each = failures.map(({ id, error }) => `${id}: ${error.message}`).join(" ");
  throw new CloudError(first.error.code, `${failures.length} of ${items.length} failed. ${each}`, first.error.details);
}
