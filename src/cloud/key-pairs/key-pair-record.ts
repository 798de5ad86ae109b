import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { ownedEntries } from "../scope.ts";
import { tagsSchema } from "../tags.ts";
import { KEY_TYPES } from "./public-key.ts";

/** The private key is not in it, nor anywhere else (F62). */
export const keyPairRecord = defineRecordKind({
  kind: "key-pair",
  version: 1,
  schema: v.object({
    ...ownedEntries,
    name: v.string(),
    type: v.picklist(KEY_TYPES),
    /** As OpenSSH has it, without a comment. */
    publicKey: v.string(),
    fingerprint: v.string(),
    /** Epoch ms. */
    createdAt: v.number(),
    tags: tagsSchema,
  }),
});
export type KeyPairRecord = v.InferOutput<typeof keyPairRecord.schema>;
