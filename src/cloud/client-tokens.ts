import * as v from "valibot";
import type { Clock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import { defineRecordKind } from "../store/records.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { Change, RecordTable } from "./record-table.ts";
import { DEFAULT_SCOPE, type Scope } from "./scope.ts";

/** What was made with a client token (F74). */
export const clientTokenRecord = defineRecordKind({
  kind: "client-token",
  version: 1,
  schema: v.object({
    /** What was asked for. */
    request: v.string(),
    /** What was made. */
    ids: v.array(v.string()),
    /** Epoch ms when it was first seen that nothing of it is there any more. */
    goneAt: v.nullable(v.number()),
  }),
});
export type ClientTokenRecord = v.InferOutput<typeof clientTokenRecord.schema>;

/** EC2 User Guide, "Ensuring idempotency": a token is good for at least a day after what was made with it is gone. */
const KEPT_MS = 24 * 3_600_000;
const MAX_LENGTH = 64;

export interface ClientTokensOptions {
  readonly table: RecordTable<ClientTokenRecord>;
  readonly clock: Clock;
  /** Whether something is there (yet, or still). */
  readonly exists: (id: string) => boolean;
}

/** Sees to it that a request which comes again with its client token is not done again (F74). */
export class ClientTokens {
  readonly #options: ClientTokensOptions;
  readonly #queue = new KeyedQueue();

  constructor(options: ClientTokensOptions) {
    this.#options = options;
  }

  /**
   * Does `make`, unless it was done with this token there: then gives the ids of what was made. `make` stores the changes that
   * `remember` gives for the new ids together with what it makes, so that neither is there without the other.
   *
   * Throws `IdempotentParameterMismatch` when the token came with another request, `InvalidParameterValue` when it is none.
   */
  async once(
    action: string,
    scope: Scope,
    token: string | undefined,
    request: object,
    make: (remember: (ids: readonly string[]) => Change[]) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    if (token === undefined) return await make(() => []);
    checkToken(token);
    const key = keyOf(action, scope, token);
    return await this.#queue.run([key], async () => {
      const asked = stableJson(request);
      const known = this.#options.table.get(key);
      if (known === undefined) return await make((ids) => this.#remember(key, asked, ids));
      if (known.request === asked) return known.ids;
      const text = `Arguments on this idempotent request are inconsistent with arguments used in previous request(s) with the client token '${token}'.`;
      throw new CloudError("IdempotentParameterMismatch", text, { clientToken: token });
    });
  }

  /** Also lets go of tokens that have had their time. */
  #remember(key: string, request: string, ids: readonly string[]): Change[] {
    const { table, clock, exists } = this.#options;
    const old = table.entries().flatMap(([oldKey, record]): Change[] => {
      if (record.ids.some(exists)) return [];
      if (record.goneAt === null) return [table.put(oldKey, { ...record, goneAt: clock.now() })];
      return clock.now() - record.goneAt > KEPT_MS ? [table.delete(oldKey)] : [];
    });
    return [...old, table.put(key, { request, ids: [...ids], goneAt: null })];
  }
}

/** A token is good for one account and region. Without them in their keys stand those of before there were others. */
function keyOf(action: string, scope: Scope, token: string): string {
  const { accountId, region } = scope;
  const isDefault = accountId === DEFAULT_SCOPE.accountId && region === DEFAULT_SCOPE.region;
  return isDefault ? `${action} ${token}` : `${accountId} ${region} ${action} ${token}`;
}

function checkToken(token: string): void {
  if (typeof token === "string" && /^[\x21-\x7e]{1,64}$/.test(token)) return;
  const text = `Value for parameter clientToken is invalid. It has 1 to ${MAX_LENGTH} ASCII characters.`;
  throw new CloudError("InvalidParameterValue", text, { parameter: "clientToken" });
}

/** The same text for the same content, in whatever order it was written. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
