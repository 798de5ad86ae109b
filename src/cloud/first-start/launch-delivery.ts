import { CloudError } from "../../base/errors.ts";
import type { ImageManifest } from "../../protocol/image-manifest.ts";
import { checkUserData } from "../attributes/user-data.ts";
import { keyPairNamed } from "../key-pairs/key-pairs.ts";
import type { Parameters } from "../parameters.ts";
import type { InstanceRecord } from "../records.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { Delivery } from "./guest-plan.ts";
import { passwordHash } from "./password.ts";
import { encodeUserData } from "./user-data.ts";

/** What a launch gives an instance for its first start (F10). */
export interface LaunchDelivery {
  /** A key pair's name: who has its private key may log in as the image's login user (F62). Unknown: `InvalidKeyPair.NotFound`. */
  readonly keyName?: string;
  /**
   * A script ("#!…"), run as root at the first start, or a `#cloud-config` (F11); text, or bytes. More than 16 KiB:
   * `InvalidParameterValue`. What goes wrong with it stands in the console's log, and stops nothing.
   */
  readonly userData?: string | Uint8Array;
  /**
   * Lets the login user in by this password, which only its hash is kept of (F63): 8 to 64 ASCII characters, of three of
   * the classes lower case, upper case, digits and others, else `InvalidParameterValue`. Not with a key pair:
   * `InvalidParameterCombination`. Without it there is no login by password.
   */
  readonly password?: string;
}

export const LAUNCH_DELIVERY: Parameters<LaunchDelivery> = { keyName: true, userData: true, password: true };

export type GivenAtLaunch = Pick<InstanceRecord, "keyPair" | "userData" | "passwordHash">;

/** What the record keeps of it: the public key itself, since a key pair may be deleted at any time. */
export function launchDelivery(
  context: Pick<DiskContext, "registry" | "view" | "random">,
  { keyName, userData, password }: LaunchDelivery,
): GivenAtLaunch {
  if (keyName !== undefined && password !== undefined) {
    const text = "The parameter password cannot be used with the parameter keyName";
    throw new CloudError("InvalidParameterCombination", text);
  }
  return {
    keyPair: keyName === undefined ? null : keyPairOf(context, keyName),
    userData: userDataOf(userData),
    passwordHash: password === undefined ? null : passwordHash(password, context.random),
  };
}

/** Whether the instance was given anything. */
export const isGiven = ({ keyPair, userData, passwordHash: hash }: GivenAtLaunch): boolean =>
  keyPair !== null || userData !== null || hash !== null;

export const deliveryOf = (
  instanceId: string,
  { keyPair, userData, passwordHash: hash }: GivenAtLaunch,
  hostname: string,
  { defaultUser, firstStart }: Pick<ImageManifest, "defaultUser" | "firstStart">,
): Delivery => ({
  instanceId,
  hostname,
  loginUser: defaultUser,
  startsByItself: firstStart === "metadata",
  userData,
  publicKey: keyPair?.publicKey ?? null,
  passwordHash: hash,
});

function keyPairOf(sight: Pick<DiskContext, "registry" | "view">, keyName: string): InstanceRecord["keyPair"] {
  const [, { name, publicKey }] = keyPairNamed(sight, keyName);
  return { name, publicKey: `${publicKey} ${name}` };
}

/** In base64. `InvalidParameterValue` for too much of it. */
export function userDataOf(data: LaunchDelivery["userData"]): string | null {
  if (data === undefined) return null;
  if (typeof data !== "string" && !(data instanceof Uint8Array)) {
    throw new CloudError("InvalidParameterValue", "userData is text, or a Uint8Array.", { parameter: "userData" });
  }
  const base64 = encodeUserData(data);
  checkUserData(base64);
  return base64 === "" ? null : base64;
}
