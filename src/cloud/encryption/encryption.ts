import { CloudError } from "../../base/errors.ts";
import type { EncryptionState } from "./encryption-info.ts";
import type { KeyRing } from "./key-ring.ts";

/** NIST SP 800-63B §3.1.1.2: at least 8 characters; the upper bound only keeps nonsense out. */
const MIN_PASSPHRASE = 8;
const MAX_PASSPHRASE = 1024;

/** The encryption of volumes, as the public API shows it: `api/encryption-types.ts` says what each call does and how it fails. */
export class CloudEncryption {
  readonly #keys: KeyRing;

  constructor(keys: KeyRing) {
    this.#keys = keys;
  }

  get onChange() {
    return this.#keys.onChange;
  }

  get state(): EncryptionState {
    return this.#keys.state;
  }

  get encryptByDefault(): boolean {
    return this.#keys.encryptByDefault;
  }

  async setEncryptByDefault(encryptByDefault: boolean): Promise<void> {
    if (typeof encryptByDefault !== "boolean") {
      throw new CloudError("InvalidParameterValue", "Encryption by default is true or false.", { encryptByDefault });
    }
    await this.#keys.setEncryptByDefault(encryptByDefault);
  }

  async setPassphrase(passphrase: string): Promise<void> {
    const length = checkText(passphrase).length;
    if (length < MIN_PASSPHRASE || length > MAX_PASSPHRASE) {
      const text = `A passphrase has ${MIN_PASSPHRASE} to ${MAX_PASSPHRASE} characters.`;
      throw new CloudError("InvalidParameterValue", text, { length });
    }
    await this.#keys.setPassphrase(passphrase);
  }

  async unlock(passphrase: string): Promise<void> {
    await this.#keys.unlock(checkText(passphrase));
  }

  async lock(): Promise<void> {
    await this.#keys.lock();
  }

  async removePassphrase(): Promise<void> {
    await this.#keys.removePassphrase();
  }
}

function checkText(passphrase: unknown): string {
  if (typeof passphrase === "string") return passphrase;
  throw new CloudError("MissingParameter", "The request must contain the parameter passphrase", {
    parameter: "passphrase",
  });
}
