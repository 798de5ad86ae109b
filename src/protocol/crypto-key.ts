import * as v from "valibot";

/** A key of WebCrypto, which goes from thread to thread as it is. Where it is not secure there is no such class. */
export const cryptoKeySchema = v.custom<CryptoKey>(
  (value) => typeof CryptoKey !== "undefined" && value instanceof CryptoKey,
  "no CryptoKey",
);
