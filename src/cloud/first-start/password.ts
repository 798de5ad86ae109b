import { CloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { newSalt, sha512Crypt } from "./sha512-crypt.ts";

const MIN_LENGTH = 8;
const MAX_LENGTH = 64;
const MIN_CLASSES = 3;
const CLASSES = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];

/**
 * The hash of a password, as in shadow(5) (F63). Throws `InvalidParameterValue` unless it has 8 to 64 ASCII characters of
 * three of the classes lower case, upper case, digits and others.
 */
export function passwordHash(password: string, random: Random): string {
  const isText =
    typeof password === "string" && new RegExp(`^[\\x20-\\x7e]{${MIN_LENGTH},${MAX_LENGTH}}$`).test(password);
  if (isText && CLASSES.filter((one) => one.test(password)).length >= MIN_CLASSES) {
    return sha512Crypt(
      password,
      newSalt((count) => random.bytes(count)),
    );
  }
  const text = `The password must have ${MIN_LENGTH} to ${MAX_LENGTH} ASCII characters, of ${MIN_CLASSES} of these classes: lower case, upper case, digits, others.`;
  throw new CloudError("InvalidParameterValue", text, { parameter: "password" });
}
