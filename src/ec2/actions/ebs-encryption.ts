import {
  DisableEbsEncryptionByDefault$,
  type DisableEbsEncryptionByDefaultRequest,
  type DisableEbsEncryptionByDefaultResult,
  EnableEbsEncryptionByDefault$,
  type EnableEbsEncryptionByDefaultRequest,
  type EnableEbsEncryptionByDefaultResult,
  GetEbsEncryptionByDefault$,
  type GetEbsEncryptionByDefaultRequest,
  type GetEbsEncryptionByDefaultResult,
} from "@aws-sdk/client-ec2";
import { defineAction } from "../action.ts";

// One setting for each account and region (F48).

export const enableEbsEncryptionByDefault = defineAction<
  EnableEbsEncryptionByDefaultRequest,
  EnableEbsEncryptionByDefaultResult
>(EnableEbsEncryptionByDefault$, {}, async (_, { cloud: { encryption } }) => {
  await encryption.setEncryptByDefault(true);
  return { EbsEncryptionByDefault: true };
});

export const disableEbsEncryptionByDefault = defineAction<
  DisableEbsEncryptionByDefaultRequest,
  DisableEbsEncryptionByDefaultResult
>(DisableEbsEncryptionByDefault$, {}, async (_, { cloud: { encryption } }) => {
  await encryption.setEncryptByDefault(false);
  return { EbsEncryptionByDefault: false };
});

export const getEbsEncryptionByDefault = defineAction<
  GetEbsEncryptionByDefaultRequest,
  GetEbsEncryptionByDefaultResult
>(GetEbsEncryptionByDefault$, {}, (_, { cloud: { encryption } }) => ({
  EbsEncryptionByDefault: encryption.encryptByDefault,
}));
