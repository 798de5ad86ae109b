import { created, existing, type ResourceAccessByType } from "./resource-access.ts";

const ANY: ResourceAccessByType = {};
const optional = { required: false } as const;

/**
 * What this cloud's own API does that is no call of EC2's endpoint (P56), by full names. Where AWS has an action for it, that
 * is its name; the rest are `tabvisor:`.
 */
const OWN_ACTIONS = {
  "ec2:ImportSnapshot": created("snapshot", { without: ["Owner", "SnapshotTime"] }),
  "ec2:ImportImage": {
    ...created("image", { without: ["ImageType", "Public", "RootDeviceType"] }),
    ...created("snapshot"),
  },
  "ec2:ExportImage": existing("image"),

  "tabvisor:Exec": existing("instance"),
  "tabvisor:ReadFile": existing("instance"),
  "tabvisor:WriteFile": existing("instance"),
  "tabvisor:Connect": existing("instance"),
  "tabvisor:UseConsole": existing("instance"),
  "tabvisor:GrowFileSystem": existing("volume"),
  "tabvisor:RollBackVolume": { ...existing("snapshot", optional), ...existing("volume") },
  "tabvisor:ExportVolume": existing("volume"),
  "tabvisor:ExportSnapshot": existing("snapshot"),

  "tabvisor:AnalyzeNetwork": ANY,
  "tabvisor:ReadIdentityCertificate": ANY,
  "tabvisor:ReadFlowLog": { ...existing("network-interface", optional), ...existing("vpc-flow-log", optional) },
  "tabvisor:ReadIncidents": existing("network-interface"),
  "tabvisor:CapturePackets": existing("network-interface"),
  "tabvisor:ModifyInternetGateway": existing("internet-gateway"),

  "tabvisor:DescribeBackupPolicies": ANY,
  "tabvisor:CreateBackupPolicy": { ...existing("instance", optional), ...existing("volume", optional) },
  "tabvisor:RunBackupPolicy": ANY,
  "tabvisor:DeleteBackupPolicy": ANY,
  "tabvisor:SubscribeEvents": ANY,
  "tabvisor:ManageKeys": ANY,
  "tabvisor:DescribeStorage": ANY,
  "tabvisor:ManageStorage": ANY,

  "tabvisor:SetPrices": ANY,
  "tabvisor:DecideQuotaRequest": ANY,

  "ce:GetCostAndUsage": ANY,
  "servicequotas:ListServiceQuotas": ANY,
  "servicequotas:ListRequestedServiceQuotaChangeHistory": ANY,
  "servicequotas:RequestServiceQuotaIncrease": ANY,
  "cloudtrail:LookupEvents": ANY,
  "organizations:CreateAccount": ANY,
  "organizations:ListAccounts": ANY,
} satisfies Record<string, ResourceAccessByType>;

export type OwnActionName = keyof typeof OWN_ACTIONS;

export const OWN_ACTION_NAMES = Object.keys(OWN_ACTIONS) as OwnActionName[];

export const isOwnAction = (name: string): name is OwnActionName => Object.hasOwn(OWN_ACTIONS, name);

export const ownAccessOf = (action: OwnActionName): ResourceAccessByType => OWN_ACTIONS[action];
