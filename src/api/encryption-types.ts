import type { Event } from "../base/event.ts";
import type { EncryptionState } from "../cloud/encryption/encryption-info.ts";

export type { EncryptionState } from "../cloud/encryption/encryption-info.ts";

/**
 * The keys of encrypted volumes and snapshots (F48). Each volume has a key of its own, which its snapshots and what is made
 * of them share; the keys are stored wrapped by the cloud's master key. That is at first one that the browser keeps and no
 * script can read out: it keeps the content from whoever gets hold of the database, but not from whoever can read the
 * browser's own files. With a passphrase nothing that is stored opens the keys.
 *
 * While locked, encrypted volumes and snapshots are listed as always; what needs a key fails at once with
 * `Volume.KeyUnavailable`: launching, starting, attaching to a running instance, making encrypted volumes, exporting.
 * Nothing is damaged by that. Instances that run go on.
 */
export interface Encryption {
  readonly state: EncryptionState;
  /** Fires after `state`, `encryptByDefault` or `encryptedRegions` has changed. */
  readonly onChange: Event<void>;
  /**
   * EC2's encryption by default: every new volume, import and copy is encrypted, whatever was asked for. Each account has it
   * on or off in each region; here it is the account's that this tab works for, in us-east-1.
   */
  readonly encryptByDefault: boolean;
  /** The regions in which the account has it on. */
  readonly encryptedRegions: readonly string[];
  /** `InvalidParameterValue` for a region that there is not. */
  setEncryptByDefault(encryptByDefault: boolean, where?: { readonly region?: string }): Promise<void>;
  /**
   * Sets the passphrase, or changes it: 8 to 1024 characters, else `InvalidParameterValue`. From now on every page begins
   * locked. Whoever forgets it has lost what is encrypted: nobody can get it back. `IncorrectState` while locked.
   */
  setPassphrase(passphrase: string): Promise<void>;
  /** Wrong: `InvalidKey.Passphrase`. There is none: `IncorrectState`. */
  unlock(passphrase: string): Promise<void>;
  /** Forgets the keys in this page. There is no passphrase: `IncorrectState`. */
  lock(): Promise<void>;
  /** Goes back to a key that the browser keeps. `IncorrectState` while locked. */
  removePassphrase(): Promise<void>;
}
