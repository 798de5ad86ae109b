import * as v from "valibot";
import { cryptoKeySchema } from "../../protocol/crypto-key.ts";
import { defineRecordKind, type RecordStore } from "../../store/records.ts";

/** What instance identity documents are signed with (F13): one for the cloud, for as long as it lives. */
const identityKeyRecord = defineRecordKind({
  kind: "identity-key",
  version: 1,
  schema: v.object({ privateKey: cryptoKeySchema, publicKey: cryptoKeySchema }),
});

const ID = "cloud";

export class IdentityKey {
  readonly #records: RecordStore;
  #keys: Promise<CryptoKeyPair> | undefined;

  constructor(records: RecordStore) {
    this.#records = records;
  }

  /** Made when it is first asked for, and stored before anybody has it. */
  async keys(): Promise<CryptoKeyPair> {
    this.#keys ??= this.#load().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return await this.#keys;
  }

  /** In PEM: who has it can check what an instance says that it is. */
  async certificate(): Promise<string> {
    const { IdentitySigner } = await import("../../network/metadata/identity.ts");
    return await new IdentitySigner(await this.keys()).certificate();
  }

  async #load(): Promise<CryptoKeyPair> {
    const stored = await this.#records.get(identityKeyRecord, ID);
    if (stored !== undefined) return stored;
    const { newIdentityKey } = await import("../../network/metadata/identity.ts");
    const keys = await newIdentityKey();
    await this.#records.commit([this.#records.put(identityKeyRecord, ID, keys)]);
    return keys;
  }
}
