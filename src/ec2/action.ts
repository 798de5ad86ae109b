import type { StaticOperationSchema } from "@smithy/types";
import type { Breather } from "../base/breather.ts";
import type { Clock } from "../base/clock.ts";
import type { Caller } from "../cloud/access/caller.ts";
import type { CloudAccess } from "../cloud/access/cloud-access.ts";
import type { CloudEncryption } from "../cloud/encryption/encryption.ts";
import type { CloudImages } from "../cloud/images/images.ts";
import type { CloudInstances } from "../cloud/instances.ts";
import type { CloudKeyPairs } from "../cloud/key-pairs/key-pairs.ts";
import type { CloudLaunchTemplates } from "../cloud/launch-templates/launch-templates.ts";
import type { NetworkResources } from "../cloud/network/network-resources.ts";
import type { CloudQuotas } from "../cloud/quotas/quotas.ts";
import type { View } from "../cloud/scope.ts";
import type { CloudSnapshots } from "../cloud/snapshots/snapshots.ts";
import type { CloudTags } from "../cloud/tagging.ts";
import type { CloudVolumes } from "../cloud/volumes/volumes.ts";
import { type Accepted, checkAccepted } from "./accepted.ts";
import type { Pages } from "./pages.ts";
import type { Missing } from "./wire/decode.ts";
import { type Operation, operationOf } from "./wire/shape.ts";

/** The cloud that the actions act on: what there is for the caller. */
export interface Ec2Cloud extends NetworkResources {
  readonly instances: CloudInstances;
  readonly volumes: CloudVolumes;
  readonly snapshots: CloudSnapshots;
  readonly images: CloudImages;
  readonly keyPairs: CloudKeyPairs;
  readonly launchTemplates: CloudLaunchTemplates;
  readonly encryption: CloudEncryption;
  readonly quotas: CloudQuotas;
  readonly tags: CloudTags;
}

/** The whole of it. */
export interface WholeCloud extends Ec2Cloud {
  readonly access: CloudAccess;
  seenBy(view: View): Ec2Cloud;
}

export interface ActionContext {
  /** As the caller's account and region have it. */
  readonly cloud: Ec2Cloud;
  readonly caller: Caller;
  readonly pages: Pages;
  readonly clock: Clock;
  /** For what is done a thousand times. */
  readonly breather: Breather;
}

/** One of EC2's actions. */
export interface Action {
  readonly operation: Operation;
  readonly missing: Missing;
  /** Throws for parameters that it does not take. Changes nothing. */
  check(input: object): void;
  run(input: object, context: ActionContext): Promise<object>;
}

/**
 * Declares an action by the SDK's schema. `accepts` says which parameters it takes; `DryRun` is taken by all of them,
 * before they run.
 */
export function defineAction<Input extends object, Output extends object>(
  schema: StaticOperationSchema,
  accepts: Accepted<Omit<Input, "DryRun">>,
  run: (input: Input, context: ActionContext) => Output | Promise<Output>,
  missing: Missing = {},
): Action {
  return {
    operation: operationOf(schema),
    missing,
    check: (input) => checkAccepted(input, { ...accepts, DryRun: true }),
    run: async (input, context) => await run(input as Input, context),
  };
}
