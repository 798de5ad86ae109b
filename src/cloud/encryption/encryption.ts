import { CloudError } from "../../base/errors.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { isRegion, REGIONS } from "../regions.ts";
import type { View } from "../scope.ts";
import type { EncryptionState } from "./encryption-info.ts";
import { type EncryptionByDefault, isByDefault, type KeyRing } from "./key-ring.ts";

/** NIST SP 800-63B §3.1.1.2: at least 8 characters; the upper bound only keeps nonsense out. */
const MIN_PASSPHRASE = 8;
const MAX_PASSPHRASE = 1024;

const WHERE: Parameters<{ readonly region?: string }> = { region: true };

/** The regions in which what an account makes is encrypted by default. */
export const encryptedRegions = (byDefault: EncryptionByDefault, accountId: string): string[] =>
  REGIONS.filter((region) => isByDefault(byDefault, { accountId, region }));

/** The encryption of volumes, as the public API shows it: `api/encryption-types.ts` says what each call does and how it fails. */
export class CloudEncryption {
  readonly #keys: KeyRing;
  readonly #view: View;

  constructor(keys: KeyRing, view: View) {
    this.#keys = keys;
    this.#view = view;
  }

  get onChange() {
    return this.#keys.onChange;
  }

  get state(): EncryptionState {
    return this.#keys.state;
  }

  /** That of all accounts. */
  get byDefault(): EncryptionByDefault {
    return this.#keys.byDefault;
  }

  /** Where this makes things. */
  get encryptByDefault(): boolean {
    return isByDefault(this.byDefault, this.#view.makesIn);
  }

  async setEncryptByDefault(encryptByDefault: boolean, where: { readonly region?: string } = {}): Promise<void> {
    checkParameters(where, WHERE);
    const { accountId, region: here } = this.#view.makesIn;
    const { region = here } = where;
    if (!isRegion(region)) {
      throw new CloudError("InvalidParameterValue", `There is no region '${String(region).slice(0, 64)}'.`, { region });
    }
    if (typeof encryptByDefault !== "boolean") {
      throw new CloudError("InvalidParameterValue", "Encryption by default is true or false.", { encryptByDefault });
    }
    await this.#keys.setByDefault({ accountId, region }, encryptByDefault);
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
