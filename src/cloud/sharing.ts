import { CloudError } from "../base/errors.ts";
import { EVERYBODY } from "./scope.ts";

/** Who else shall, and shall no longer, use something: twelve-digit accounts, or "all" for everybody. */
export interface PermissionChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** Nobody else any more, before `add`. */
  readonly reset?: boolean;
}

export const PERMISSION_CHANGE = { add: true, remove: true, reset: true } as const;

/** EC2 API, ModifySnapshotAttribute: up to 500 accounts at a time. */
const MAX_PERMISSIONS = 500;

/** The permissions after a change, each once (F34: what is there already, or is not, is no error); all of it or nothing. */
export function changePermissions(permissions: readonly string[], change: PermissionChange): string[] {
  const { add = [], remove = [], reset = false } = change;
  for (const whom of [...add, ...remove]) checkWhom(whom);
  const kept = (reset ? [] : permissions).filter((whom) => !remove.includes(whom));
  const next = [...new Set([...kept, ...add])];
  if (next.length <= MAX_PERMISSIONS) return next;
  const text = `It can be shared with at most ${MAX_PERMISSIONS} accounts.`;
  throw new CloudError("ResourceLimitExceeded", text, { limit: MAX_PERMISSIONS });
}

function checkWhom(whom: string): void {
  if (whom === EVERYBODY || /^\d{12}$/.test(whom)) return;
  throw invalidItem("userId", whom);
}

/** F34's error. */
export const invalidItem = (type: "userId" | "userGroup", value: string): CloudError =>
  new CloudError(
    "InvalidAMIAttributeItemValue",
    `Invalid attribute item value "${value}" for ${type} item type.`,
    type === "userId" ? { value, expected: "twelve digits" } : { value, expected: EVERYBODY },
  );

/**
 * What is encrypted is so with a key that is this cloud's own, as with EBS's default key: it is not shared. EC2 says so in
 * other words of a snapshot than of an image.
 */
export const encryptedSnapshotNotShared = (snapshotId: string): CloudError =>
  new CloudError("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared", { snapshotId });

export const encryptedImageNotShared = (imageId: string): CloudError =>
  new CloudError(
    "InvalidParameter",
    "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.",
    { imageId },
  );
