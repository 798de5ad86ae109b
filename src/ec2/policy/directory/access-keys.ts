import type { DirectoryState } from "./directory-state.ts";
import { alreadyExists, invalid, noSuchEntity } from "./iam-errors.ts";
import { checkAccessKeyId, newSecret, newUniqueId } from "./names.ts";
import { checkQuota } from "./quotas.ts";
import type { AccessKeyRecord } from "./records.ts";

/** Whose key it is: without a user name the root user's. */
export interface KeyOwner {
  readonly accountId: string;
  readonly userName?: string;
}

export type AccessKeyStatus = AccessKeyRecord["status"];

/** What can be seen of a key once it is made. */
export type AccessKeyMetadata = Omit<AccessKeyRecord, "secretAccessKey">;

const MAX_SECRET_LENGTH = 128;

export class AccessKeys {
  readonly #state: DirectoryState;

  constructor(state: DirectoryState) {
    this.#state = state;
  }

  /** CreateAccessKey: the only time that the secret is given. Throws `NoSuchEntity`, `LimitExceeded`. */
  create(owner: KeyOwner): Promise<AccessKeyRecord> {
    const { random } = this.#state;
    return this.#add(owner, newUniqueId("AKIA", random), newSecret(random));
  }

  /** Takes a key that was made elsewhere, such as a server's from its command line. Throws `EntityAlreadyExists` too. */
  import(owner: KeyOwner, accessKeyId: string, secretAccessKey: string): Promise<AccessKeyRecord> {
    return this.#add(owner, accessKeyId, secretAccessKey);
  }

  /** Takes a key that the cloud's operator names, in place of one of that id; it counts against no quota. */
  provide(owner: KeyOwner, accessKeyId: string, secretAccessKey: string): Promise<void> {
    return this.#state.change(() => {
      const key = this.#record(owner, accessKeyId, secretAccessKey);
      return { changes: [{ type: "accessKey", id: accessKeyId, value: key }], result: undefined };
    });
  }

  /** ListAccessKeys. Throws `NoSuchEntity`. */
  list(owner: KeyOwner): AccessKeyMetadata[] {
    return this.#ownedBy(owner).map(({ secretAccessKey: _, ...metadata }) => metadata);
  }

  /** UpdateAccessKey. Throws `NoSuchEntity`. */
  setStatus(owner: KeyOwner, accessKeyId: string, status: AccessKeyStatus): Promise<void> {
    return this.#state.change(() => {
      const key = { ...this.#find(owner, accessKeyId), status };
      return { changes: [{ type: "accessKey", id: accessKeyId, value: key }], result: undefined };
    });
  }

  /** DeleteAccessKey. Throws `NoSuchEntity`. */
  delete(owner: KeyOwner, accessKeyId: string): Promise<void> {
    return this.#state.change(() => {
      this.#find(owner, accessKeyId);
      return { changes: [{ type: "accessKey", id: accessKeyId }], result: undefined };
    });
  }

  #add(owner: KeyOwner, accessKeyId: string, secretAccessKey: string): Promise<AccessKeyRecord> {
    return this.#state.change(() => {
      const key = this.#record(owner, accessKeyId, secretAccessKey);
      checkQuota("AccessKeysPerUser", this.#ownedBy(owner).length + 1);
      if (this.#state.get("accessKey", accessKeyId) !== undefined) {
        throw alreadyExists(`The Access Key with id ${accessKeyId} already exists.`, accessKeyId);
      }
      return { changes: [{ type: "accessKey", id: accessKeyId, value: key }], result: key };
    });
  }

  #record(owner: KeyOwner, accessKeyId: string, secretAccessKey: string): AccessKeyRecord {
    checkAccessKeyId(accessKeyId);
    if (secretAccessKey.length < 1 || secretAccessKey.length > MAX_SECRET_LENGTH) {
      throw invalid(`A secret access key has 1–${MAX_SECRET_LENGTH} characters.`, accessKeyId);
    }
    return {
      accessKeyId,
      accountId: owner.accountId,
      ...this.#userName(owner),
      secretAccessKey,
      status: "Active",
      createdAt: this.#state.clock.now(),
    };
  }

  #find(owner: KeyOwner, accessKeyId: string): AccessKeyRecord {
    const found = this.#ownedBy(owner).find((key) => key.accessKeyId === accessKeyId);
    if (found === undefined) throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`, accessKeyId);
    return found;
  }

  #ownedBy(owner: KeyOwner): AccessKeyRecord[] {
    const { userName } = this.#userName(owner);
    return this.#state.of("accessKey", owner.accountId).filter((key) => key.userName === userName);
  }

  /** The name as its user has it; throws `NoSuchEntity` where there is no such user, or account. */
  #userName({ accountId, userName }: KeyOwner): { userName?: string } {
    if (userName !== undefined) return { userName: this.#state.find("user", accountId, userName).name };
    this.#state.account(accountId);
    return {};
  }
}
