import type { Encryption, EncryptionState } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

/** Encryption that only pretends; any disk goes on while it is locked. */
export class FakeEncryption implements Encryption {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  state: EncryptionState = { kind: "browser-key", locked: false };
  encryptByDefault = false;
  readonly encryptedRegions: readonly string[] = [];
  #passphrase = "";

  async setEncryptByDefault(encryptByDefault: boolean): Promise<void> {
    this.encryptByDefault = encryptByDefault;
    this.#changed.fire();
  }

  async setPassphrase(passphrase: string): Promise<void> {
    if (passphrase.length < 8) {
      throw new CloudError("InvalidParameterValue", "A passphrase has 8 to 1024 characters.");
    }
    this.#passphrase = passphrase;
    this.#set({ kind: "passphrase", locked: false });
  }

  async unlock(passphrase: string): Promise<void> {
    if (passphrase !== this.#passphrase) {
      throw new CloudError("InvalidKey.Passphrase", "This is not the passphrase. Nothing has changed: try again.");
    }
    this.#set({ kind: "passphrase", locked: false });
  }

  async lock(): Promise<void> {
    this.#set({ kind: "passphrase", locked: true });
  }

  async removePassphrase(): Promise<void> {
    this.#set({ kind: "browser-key", locked: false });
  }

  #set(state: EncryptionState): void {
    this.state = state;
    this.#changed.fire();
  }
}
