import type { LaunchPermission, LaunchPermissionModifications, OperationType } from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { EVERYBODY } from "../../cloud/scope.ts";
import { invalidItem, type PermissionChange } from "../../cloud/sharing.ts";
import { oneOf } from "../accepted.ts";

/** Both forms in which EC2 takes permissions: what is to be added and removed, or one operation for users and groups. */
interface Permissions {
  readonly modifications: LaunchPermissionModifications | undefined;
  readonly OperationType?: OperationType | undefined;
  readonly UserIds?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
}

export const PERMISSION = { Group: true, UserId: true } as const;
export const MODIFICATIONS = { Add: PERMISSION, Remove: PERMISSION } as const;
export const OPERATION = oneOf("add", "remove");

/** Undefined when nothing is said of permissions. Throws F34's `InvalidAMIAttributeItemValue` for groups there are not. */
export function permissionChange(permissions: Permissions): PermissionChange | undefined {
  const { modifications, OperationType: operation, UserIds: users = [], groups = [] } = permissions;
  const listed = [...users.map(checkUser), ...groups.map(checkGroup)];
  if (modifications === undefined && listed.length === 0) return undefined;
  if (listed.length > 0 && operation === undefined) {
    throw new CloudError("MissingParameter", "The request must contain the parameter OperationType");
  }
  const { Add: add = [], Remove: remove = [] } = modifications ?? {};
  return {
    add: [...add.map(whomOf), ...(operation === "add" ? listed : [])],
    remove: [...remove.map(whomOf), ...(operation === "remove" ? listed : [])],
  };
}

export const permissionOf = (whom: string): LaunchPermission =>
  whom === EVERYBODY ? { Group: EVERYBODY } : { UserId: whom };

function whomOf({ Group: group, UserId: user }: LaunchPermission): string {
  if (group !== undefined && user !== undefined) {
    throw new CloudError("InvalidParameterCombination", "A permission has either a UserId or a Group.");
  }
  return group === undefined ? checkUser(user ?? "") : checkGroup(group);
}

/** "all" is a group, and no account. */
function checkUser(user: string): string {
  if (user !== EVERYBODY) return user;
  throw invalidItem("userId", user);
}

function checkGroup(group: string): string {
  if (group === EVERYBODY) return group;
  throw invalidItem("userGroup", group);
}
