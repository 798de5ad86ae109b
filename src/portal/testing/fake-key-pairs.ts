import type { CreatedKeyPair, CreateKeyPairRequest, ImportKeyPairRequest, KeyPair, KeyPairs } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

/** Key pairs that open nothing. */
export class FakeKeyPairs implements KeyPairs {
  readonly #pairs = new Map<string, KeyPair>();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;

  list(): KeyPair[] {
    return [...this.#pairs.values()];
  }

  get(id: string): KeyPair {
    const found = this.#pairs.get(id);
    if (found !== undefined) return found;
    throw new CloudError("InvalidKeyPair.NotFound", `The key pair ID '${id}' does not exist`, { id });
  }

  async create({ name, type = "rsa", tags = {} }: CreateKeyPairRequest): Promise<CreatedKeyPair> {
    return { ...this.#add(name, type, tags), privateKey: "-----BEGIN PRIVATE KEY-----\n" };
  }

  async import({ name, tags = {} }: ImportKeyPairRequest): Promise<KeyPair> {
    return this.#add(name, "ed25519", tags);
  }

  async delete(id: string): Promise<void> {
    this.#pairs.delete(id);
    this.#changed.fire();
  }

  async setTags(id: string, tags: KeyPair["tags"]): Promise<KeyPair> {
    this.#put({ ...this.get(id), tags });
    return this.get(id);
  }

  #add(name: string, type: KeyPair["type"], tags: KeyPair["tags"]): KeyPair {
    const id = `key-${(this.#pairs.size + 1).toString(16).padStart(17, "0")}`;
    const publicKey = `ssh-${type} AAAA ${name}`;
    return this.#put({ id, name, type, tags, fingerprint: "00:11:22", publicKey, createTime: new Date() });
  }

  #put(pair: KeyPair): KeyPair {
    this.#pairs.set(pair.id, pair);
    this.#changed.fire();
    return pair;
  }
}
