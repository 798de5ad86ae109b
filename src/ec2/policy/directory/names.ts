import type { Random } from "../../../base/random.ts";
import { invalid } from "./iam-errors.ts";

/** IAM User Guide, "IAM name requirements". */
const NAME = /^[A-Za-z0-9+=,.@_-]+$/;
const PATH = /^\/(?:[\u0021-\u007e]+\/)?$/;
const ACCOUNT_ID = /^\d{12}$/;
const ACCESS_KEY_ID = /^\w{1,128}$/;

export const MAX_USER_NAME = 64;
export const MAX_NAME = 128;
const MAX_PATH = 512;

/** Throws `ValidationError`. */
export function checkName(what: string, name: string, longest: number): void {
  if (name.length <= longest && NAME.test(name)) return;
  const shown = name.slice(0, longest);
  throw invalid(
    `The ${what} "${shown}" is not valid: 1–${longest} letters, digits and characters of _+=,.@- are.`,
    shown,
  );
}

export function checkPath(path: string): void {
  if (path.length <= MAX_PATH && PATH.test(path)) return;
  const text = `The path "${path.slice(0, MAX_PATH)}" is not valid: one begins and ends with "/", without spaces.`;
  throw invalid(text, path.slice(0, MAX_PATH));
}

export function checkAccountId(accountId: string): void {
  if (!ACCOUNT_ID.test(accountId))
    throw invalid(`The account id "${accountId}" is not valid: it has 12 digits.`, accountId);
}

export function checkAccessKeyId(accessKeyId: string): void {
  if (ACCESS_KEY_ID.test(accessKeyId)) return;
  throw invalid(`The access key id "${accessKeyId}" is not valid: 1–128 letters, digits and _ are.`, accessKeyId);
}

/** Of a power of two letters each, so that every one is as likely as the others. */
const BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const letters = (alphabet: string, count: number, random: Random): string =>
  Array.from(random.bytes(count), (byte) => alphabet[byte % alphabet.length]).join("");

/** IAM User Guide, "IAM identifiers", "Unique identifiers". */
export type IdPrefix = "AIDA" | "AGPA" | "ANPA" | "AKIA";

export const newUniqueId = (prefix: IdPrefix, random: Random): string => prefix + letters(BASE_32, 16, random);

/** 40 characters, 240 bits. */
export const newSecret = (random: Random): string => letters(BASE_64, 40, random);
