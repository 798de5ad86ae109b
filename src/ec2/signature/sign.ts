import { toHex } from "../../base/bytes.ts";
import { bytesOf } from "../http.ts";
import { sha256Hex } from "./canonical.ts";
import { ALGORITHM, type Scope, scopeText } from "./scope.ts";

const HMAC = { name: "HMAC", hash: "SHA-256" };

/** The key that signs all requests of a scope ("Derive a signing key"). */
export async function signingKey(secret: string, { date, region, service }: Scope): Promise<CryptoKey> {
  let key = await importKey(bytesOf(`AWS4${secret}`));
  for (const part of [date, region, service, "aws4_request"])
    key = await importKey(new Uint8Array(await hmac(key, part)));
  return key;
}

/** A canonical request's signature, in hexadecimal; `time` is that of X-Amz-Date. */
export async function signatureOf(canonical: string, key: CryptoKey, scope: Scope, time: string): Promise<string> {
  const toSign = [ALGORITHM, time, scopeText(scope), await sha256Hex(bytesOf(canonical))].join("\n");
  return toHex(await hmac(key, toSign));
}

const importKey = (bytes: Uint8Array<ArrayBuffer>) => crypto.subtle.importKey("raw", bytes, HMAC, false, ["sign"]);
const hmac = (key: CryptoKey, text: string) => crypto.subtle.sign(HMAC, key, bytesOf(text));
