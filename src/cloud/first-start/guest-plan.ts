import type { CloudConfig, GuestPlan } from "./plan.ts";
import { decodeUserData, kindOfUserData } from "./user-data.ts";

/** What an instance is to be given when it starts. */
export interface Delivery {
  readonly instanceId: string;
  readonly hostname: string;
  readonly loginUser: string;
  /** A line for authorized_keys. */
  readonly publicKey: string | null;
  /** In base64. */
  readonly userData: string | null;
  /** As in shadow(5). */
  readonly passwordHash: string | null;
  /** Its image takes what the metadata service has by itself (`own-start.ts`). */
  readonly startsByItself: boolean;
}

const NOTHING: CloudConfig = {
  hostname: null,
  fqdn: null,
  keys: [],
  users: [],
  files: [],
  bootCommands: [],
  runCommands: [],
  warnings: [],
};

/** Never throws for what is in the user data: that is told in the guest's log. */
export async function guestPlan(delivery: Delivery): Promise<GuestPlan> {
  const { instanceId, loginUser, publicKey, passwordHash } = delivery;
  const userData = delivery.userData === null ? null : decodeUserData(delivery.userData);
  const { script, config } = userData === null ? { script: null, config: NOTHING } : await read(userData);
  return {
    ...config,
    instanceId,
    loginUser,
    passwordHash,
    userData,
    script,
    hostname: config.hostname ?? delivery.hostname,
    keys: [...(publicKey === null ? [] : [publicKey]), ...config.keys],
  };
}

async function read(userData: Uint8Array): Promise<{ script: Uint8Array | null; config: CloudConfig }> {
  const data = kindOfUserData(userData);
  switch (data.kind) {
    case "script":
      return { script: data.bytes, config: NOTHING };
    case "cloud-config": {
      // Its YAML parser is loaded by who needs it.
      const { readCloudConfig } = await import("./cloud-config.ts");
      return { script: null, config: readCloudConfig(data.text) };
    }
    default: {
      const warning = `nothing of the user data is done: ${data.what}, which is not supported`;
      return { script: null, config: { ...NOTHING, warnings: [warning] } };
    }
  }
}
