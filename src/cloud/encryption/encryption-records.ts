import * as v from "valibot";
import { cryptoKeySchema } from "../../protocol/crypto-key.ts";
import { defineRecordKind } from "../../store/records.ts";
import { ownedEntries } from "../scope.ts";

const bytes = v.instance(Uint8Array);

/**
 * A key that encrypts volumes and snapshots, wrapped by the cloud's master key (AES-KW, RFC 3394). Volumes and snapshots
 * name it by its id, which never changes; so nobody who writes one of their records can write an old wrapping with it.
 */
export const dataKeyRecord = defineRecordKind({
  kind: "data-key",
  version: 1,
  schema: v.object({ wrapped: bytes }),
});
export type DataKeyRecord = v.InferOutput<typeof dataKeyRecord.schema>;

/** What opens the data keys. */
const masterSchema = v.variant("kind", [
  /** A key that cannot be read out, kept by the browser. */
  v.object({ kind: v.literal("browser-key"), key: cryptoKeySchema }),
  /** PBKDF2-SHA-256 of a passphrase. `check`: a key that only the right one unwraps. */
  v.object({
    kind: v.literal("passphrase"),
    salt: bytes,
    iterations: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    check: bytes,
  }),
]);
export type MasterRecord = v.InferOutput<typeof masterSchema>;

/** One setting for all accounts and regions became one for each. */
function encryptionOfVersion2(old: unknown): unknown {
  const { encryptByDefault, ...rest } = old as { readonly encryptByDefault: boolean };
  return { ...rest, byDefault: { everywhere: encryptByDefault, exceptIn: [] } };
}

/** The one record of a cloud's encryption. */
export const encryptionRecord = defineRecordKind({
  kind: "encryption",
  version: 2,
  schema: v.object({
    /** Whether what is new is encrypted, and the accounts and regions where the reverse is so. */
    byDefault: v.object({ everywhere: v.boolean(), exceptIn: v.array(v.object(ownedEntries)) }),
    /** Null until the first key is needed. */
    master: v.nullable(masterSchema),
  }),
  migrations: { 2: encryptionOfVersion2 },
});
export type EncryptionRecord = v.InferOutput<typeof encryptionRecord.schema>;
export const ENCRYPTION_ID = "cloud";
