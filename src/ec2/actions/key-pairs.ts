import {
  CreateKeyPair$,
  type CreateKeyPairRequest,
  DeleteKeyPair$,
  type DeleteKeyPairRequest,
  type DeleteKeyPairResult,
  DescribeKeyPairs$,
  type DescribeKeyPairsRequest,
  type DescribeKeyPairsResult,
  ImportKeyPair$,
  type ImportKeyPairRequest,
  type ImportKeyPairResult,
  type KeyPair,
  type KeyPairInfo as WireKeyPairInfo,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { KeyPairInfo } from "../../cloud/key-pairs/key-pair-info.ts";
import { oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { applyFilters, type FilterTable } from "../filters.ts";
import { getAll } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";

const TAGGED = tagSpecifications("key-pair");

const named = ({ id, name, fingerprint, tags }: KeyPairInfo) => ({
  KeyPairId: id,
  KeyName: name,
  KeyFingerprint: fingerprint,
  Tags: tagList(tags),
});

function keyPairOutput(pair: KeyPairInfo, withPublicKey: boolean): WireKeyPairInfo {
  return {
    ...named(pair),
    KeyType: pair.type,
    CreateTime: pair.createTime,
    ...(withPublicKey ? { PublicKey: pair.publicKey } : {}),
  };
}

export const createKeyPair = defineAction<CreateKeyPairRequest, KeyPair>(
  CreateKeyPair$,
  { KeyFormat: oneOf("pem", "ppk"), KeyName: true, KeyType: oneOf("ed25519", "rsa"), TagSpecifications: TAGGED },
  async (
    { KeyFormat: format = "pem", KeyName: name = "", KeyType: type = "rsa", TagSpecifications: tags },
    { cloud },
  ) => {
    const made = await cloud.keyPairs.create({ name, type, format, tags: newTags(tags, "key-pair") });
    return { ...named(made), KeyMaterial: made.privateKey };
  },
);

export const importKeyPair = defineAction<ImportKeyPairRequest, ImportKeyPairResult>(
  ImportKeyPair$,
  { KeyName: true, PublicKeyMaterial: true, TagSpecifications: TAGGED },
  async ({ KeyName: name = "", PublicKeyMaterial: material, TagSpecifications: tags }, { cloud }) => {
    const publicKey = new TextDecoder().decode(material);
    return named(await cloud.keyPairs.import({ name, publicKey, tags: newTags(tags, "key-pair") }));
  },
);

/** EC2 API, DescribeKeyPairs, "Filters". */
const FILTERS: FilterTable<KeyPairInfo> = {
  fingerprint: ({ fingerprint }) => fingerprint,
  "key-name": ({ name }) => name,
  "key-pair-id": ({ id }) => id,
};

/** EC2 has no pages of them. */
export const describeKeyPairs = defineAction<DescribeKeyPairsRequest, DescribeKeyPairsResult>(
  DescribeKeyPairs$,
  { Filters: { Name: true, Values: true }, IncludePublicKey: true, KeyNames: true, KeyPairIds: true },
  ({ Filters, IncludePublicKey = false, KeyNames = [], KeyPairIds = [] }, { cloud: { keyPairs } }) => {
    const chosen = [
      ...getAll(KeyNames, (name) => keyPairs.named(name)),
      ...getAll(KeyPairIds, (id) => keyPairs.get(id)),
    ];
    const all = KeyNames.length + KeyPairIds.length === 0 ? keyPairs.list() : chosen;
    const once = [...new Map(all.map((pair) => [pair.id, pair])).values()];
    const matching = applyFilters(once, Filters, FILTERS, ({ tags }) => tags);
    return { KeyPairs: matching.map((pair) => keyPairOutput(pair, IncludePublicKey)) };
  },
);

/** Of one that there is not: a success, without an id (F62). */
export const deleteKeyPair = defineAction<DeleteKeyPairRequest, DeleteKeyPairResult>(
  DeleteKeyPair$,
  { KeyName: true, KeyPairId: true },
  async ({ KeyName: name, KeyPairId: id }, { cloud: { keyPairs } }) => {
    if (name === undefined && id === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter KeyName or KeyPairId");
    }
    if (name !== undefined && id !== undefined) {
      const text = "The parameter KeyName cannot be used with the parameter KeyPairId";
      throw new CloudError("InvalidParameterCombination", text);
    }
    const found = keyPairs.list().find((pair) => pair.name === name || pair.id === id);
    if (found === undefined) return { Return: true };
    await keyPairs.delete(found.id);
    return { Return: true, KeyPairId: found.id };
  },
);
