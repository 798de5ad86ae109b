import { encryptedRegions } from "../encryption/encryption.ts";
import { DEFAULT_SCOPE } from "../scope.ts";
import type { CallerBackend } from "./caller-backend.ts";
import type { Facade } from "./facade.ts";

/** What a tab has of encryption: what is so by default is so for the account that works here. */
export type EncryptionFacade = Omit<Facade<"encryption">, "byDefault"> & {
  readonly encryptByDefault: boolean;
  readonly encryptedRegions: readonly string[];
};

export function encryptionFacade(members: Facade<"encryption">, caller: CallerBackend): EncryptionFacade {
  const regions = () => encryptedRegions(members.byDefault, caller.identity.accountId);
  const own: PropertyDescriptorMap = {
    encryptByDefault: { enumerable: true, get: () => regions().includes(DEFAULT_SCOPE.region) },
    encryptedRegions: { enumerable: true, get: regions },
  };
  return Object.defineProperties(members, own) as unknown as EncryptionFacade;
}
