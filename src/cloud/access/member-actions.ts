import { CONSOLE_PLAN, INSTANCE_PLAN, type Kind, PLAN } from "../tabs/plan.ts";
import { IMAGE_ACTIONS, SNAPSHOT_ACTIONS, VOLUME_ACTIONS } from "./disk-actions.ts";
import { IAM_ACTIONS } from "./iam-actions.ts";
import { CONSOLE_ACTIONS, INSTANCE_ACTIONS, LAUNCH_ACTION } from "./instance-actions.ts";
import {
  type CallsOf,
  changing,
  each,
  type MemberAction,
  type MemberCall,
  made,
  requestOf,
  settingTags,
  textAt,
} from "./member-action.ts";
import { NETWORK_MEMBER_ACTIONS } from "./network-member-actions.ts";

const plain = (action: string): MemberAction => ({ action });
const reading = (action: string): MemberAction => ({ action, readOnly: true });
/** Passphrases are arguments of their own. */
const ofKeys: MemberAction = { action: "tabvisor:ManageKeys", parameters: () => ({}) };
const keyPair = (call: MemberCall) => call.lookup.keyPair({ id: textAt(call, 0), name: textAt(call, 0) }, call.scope);
const onTemplate = (action: string): MemberAction => ({
  action,
  touches: (call) => call.lookup.launchTemplate(requestOf<{ id: string; name: string }>(call), call.scope),
});

/**
 * What each member of the API that does something is to policies and the log (P56). What is read from a tab's own copy has its
 * action in `READ_ACTIONS`.
 */
export const MEMBER_ACTIONS: { readonly [R in keyof typeof PLAN]: CallsOf<(typeof PLAN)[R]> } & {
  readonly instance: CallsOf<typeof INSTANCE_PLAN>;
  readonly console: CallsOf<typeof CONSOLE_PLAN>;
} = {
  instances: { launch: LAUNCH_ACTION },
  instance: INSTANCE_ACTIONS,
  console: CONSOLE_ACTIONS,
  images: IMAGE_ACTIONS,
  volumes: VOLUME_ACTIONS,
  snapshots: SNAPSHOT_ACTIONS,
  keyPairs: {
    create: {
      action: "CreateKeyPair",
      touches: (call) => {
        const { tags = {}, type = "rsa" } = requestOf<Tagged & { readonly type: string }>(call);
        return [made("key-pair", { tags }, { KeyPairType: type })];
      },
    },
    import: {
      action: "ImportKeyPair",
      touches: (call) => [made("key-pair", { tags: requestOf<Tagged>(call).tags ?? {} })],
    },
    delete: { action: "DeleteKeyPair", touches: keyPair, parameters: (call) => ({ keyPair: textAt(call, 0) }) },
    setTags: settingTags(keyPair),
  },
  launchTemplates: {
    create: {
      action: "CreateLaunchTemplate",
      touches: (call) => [made("launch-template", { tags: requestOf<Tagged>(call).tags ?? {} })],
    },
    createVersion: onTemplate("CreateLaunchTemplateVersion"),
    versions: reading("DescribeLaunchTemplateVersions"),
    version: reading("DescribeLaunchTemplateVersions"),
    setDefaultVersion: changing(onTemplate("ModifyLaunchTemplate"), ({ version }: { readonly version?: string }) => ({
      DefaultVersion: version,
    })),
    delete: onTemplate("DeleteLaunchTemplate"),
    deleteVersion: onTemplate("DeleteLaunchTemplateVersions"),
    dataOfInstance: {
      action: "GetLaunchTemplateData",
      readOnly: true,
      touches: (call) => [call.lookup.instance(textAt(call, 0))],
      parameters: (call) => ({ instanceId: textAt(call, 0) }),
    },
    setTags: settingTags((call) => call.lookup.launchTemplate({ id: textAt(call, 0) }, call.scope)),
  },
  ...NETWORK_MEMBER_ACTIONS,
  backups: {
    create: {
      action: "tabvisor:CreateBackupPolicy",
      touches: (call) => {
        const { instanceId, volumeId } = requestOf<{ instanceId: string; volumeId: string }>(call);
        return [
          ...each(instanceId, (id) => call.lookup.instance(id)),
          ...each(volumeId, (id) => call.lookup.volume(id)),
        ];
      },
    },
    run: { action: "tabvisor:RunBackupPolicy", parameters: (call) => ({ policyId: textAt(call, 0) }) },
    delete: { action: "tabvisor:DeleteBackupPolicy", parameters: (call) => ({ policyId: textAt(call, 0) }) },
  },
  events: {},
  quotas: {
    list: reading("servicequotas:ListServiceQuotas"),
    requests: reading("servicequotas:ListRequestedServiceQuotaChangeHistory"),
    request: plain("servicequotas:RequestServiceQuotaIncrease"),
    decide: plain("tabvisor:DecideQuotaRequest"),
  },
  billing: {
    setPrices: plain("tabvisor:SetPrices"),
    usage: reading("ce:GetCostAndUsage"),
    cost: reading("ce:GetCostAndUsage"),
    exportCsv: reading("ce:GetCostAndUsage"),
    estimate: reading("ce:GetCostAndUsage"),
  },
  encryption: {
    setEncryptByDefault: {
      action: ({ args: [enable] }) => (enable ? "EnableEbsEncryptionByDefault" : "DisableEbsEncryptionByDefault"),
      parameters: () => ({}),
    },
    setPassphrase: ofKeys,
    unlock: ofKeys,
    lock: ofKeys,
    removePassphrase: ofKeys,
  },
  storage: {
    usage: reading("tabvisor:DescribeStorage"),
    persist: plain("tabvisor:ManageStorage"),
    evictImageCache: plain("tabvisor:ManageStorage"),
    dismissLoss: plain("tabvisor:ManageStorage"),
  },
  access: IAM_ACTIONS,
};

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

/** Undefined for what is no call of the API. */
export function memberAction(resource: string, method: string): MemberAction | undefined {
  const plans: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
    ...PLAN,
    instance: INSTANCE_PLAN,
    console: CONSOLE_PLAN,
  };
  const plan = Object.hasOwn(plans, resource) ? plans[resource] : undefined;
  if (plan === undefined || !Object.hasOwn(plan, method) || plan[method] !== "call") return undefined;
  const table = MEMBER_ACTIONS as Readonly<Record<string, Readonly<Record<string, MemberAction>>>>;
  return table[resource]?.[method];
}
