import type { DirectoryState } from "./directory-state.ts";
import { alreadyExists, invalid, limitExceeded } from "./iam-errors.ts";
import { checkAccountId } from "./names.ts";
import { MAX_ACCOUNTS } from "./quotas.ts";
import type { AccountRecord } from "./records.ts";

/** The account of AWS's examples. */
export const DEFAULT_ACCOUNT_ID = "123456789012";

const MAX_NAME_LENGTH = 50;

export class Accounts {
  readonly #state: DirectoryState;

  constructor(state: DirectoryState) {
    this.#state = state;
  }

  /** Throws `NoSuchEntity`. */
  get(accountId: string): AccountRecord {
    return this.#state.account(accountId);
  }

  list(): AccountRecord[] {
    return this.#state.all("account");
  }

  /** Throws `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`. */
  create(accountId: string, name: string): Promise<AccountRecord> {
    return this.#state.change(() => {
      checkAccountId(accountId);
      if (name.length < 1 || name.length > MAX_NAME_LENGTH) {
        throw invalid(`An account's name has 1–${MAX_NAME_LENGTH} characters.`, name.slice(0, MAX_NAME_LENGTH));
      }
      if (this.#state.get("account", accountId) !== undefined) {
        throw alreadyExists(`The account with id ${accountId} already exists.`, accountId);
      }
      if (this.list().length >= MAX_ACCOUNTS) {
        throw limitExceeded(`There can be ${MAX_ACCOUNTS} accounts.`, MAX_ACCOUNTS);
      }
      const account: AccountRecord = { accountId, name, createdAt: this.#state.clock.now() };
      return { changes: [{ type: "account", id: accountId, value: account }], result: account };
    });
  }

  /** Makes it where it is not there. */
  async ensure(accountId: string, name: string): Promise<void> {
    if (this.#state.get("account", accountId) === undefined) await this.create(accountId, name);
  }
}
