import type { Event } from "../base/event.ts";
import type * as info from "../cloud/key-pairs/key-pair-info.ts";

export type {
  CreatedKeyPair,
  CreateKeyPairRequest,
  ImportKeyPairRequest,
  KeyPairInfo as KeyPair,
} from "../cloud/key-pairs/key-pair-info.ts";

/**
 * The key pairs (F62): public keys that instances let in. `instances.launch({ keyName })` puts one into the
 * `authorized_keys` of the instance's login user at its first start. Up to 5000 a region, else `KeyPairLimitExceeded`.
 *
 * An unknown id is `InvalidKeyPair.NotFound`.
 */
export interface KeyPairs {
  /** Oldest first. */
  list(): info.KeyPairInfo[];
  /** By id. */
  get(keyPairId: string): info.KeyPairInfo;
  /** Fires after a key pair has appeared, changed or gone. */
  readonly onChange: Event<void>;
  /** Makes a pair. Its private key comes back once and is stored nowhere: whoever loses it has lost it. */
  create(request: info.CreateKeyPairRequest): Promise<info.CreatedKeyPair>;
  /** Takes the public key of a pair that was made elsewhere. */
  import(request: info.ImportKeyPairRequest): Promise<info.KeyPairInfo>;
  /** Instances that have it keep it. Of one that there is not: a success. */
  delete(keyPairId: string): Promise<void>;
  /** Replaces all tags. */
  setTags(keyPairId: string, tags: Readonly<Record<string, string>>): Promise<info.KeyPairInfo>;
}
