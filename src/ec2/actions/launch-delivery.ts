import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { checkUserData } from "../../cloud/attributes/user-data.ts";
import type { LaunchDelivery } from "../../cloud/first-start/launch-delivery.ts";
import { decodeUserData } from "../../cloud/first-start/user-data.ts";

/** What RunInstances says of an instance's first start (F10). */
export const LAUNCH_DELIVERY = { KeyName: true, UserData: true } as const;

/** User data is base64 on the wire: `InvalidUserData.Malformed` (F11). */
export function launchDelivery({
  KeyName,
  UserData,
}: Pick<RunInstancesRequest, "KeyName" | "UserData">): LaunchDelivery {
  checkUserData(UserData);
  return {
    ...(KeyName === undefined ? {} : { keyName: KeyName }),
    ...(UserData === undefined ? {} : { userData: decodeUserData(UserData) }),
  };
}
