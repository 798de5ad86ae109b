import { CloudError } from "../../base/errors.ts";
import { type RootDeviceType, SHUTDOWN_BEHAVIORS, type ShutdownBehavior } from "../../lifecycle/states.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import {
  AUTO_RECOVERY,
  type AutoRecovery,
  defaultAttributes,
  HTTP_TOKENS,
  type InstanceAttributes,
  type MetadataOptions,
  SWITCH,
} from "./attribute-record.ts";

/** EC2's `MaintenanceOptions`. */
export interface MaintenanceOptions {
  /**
   * "default": after its page was reloaded or closed, crashed, or its worker has died, it starts again by itself, up to
   * three times in ten minutes. "disabled", and what is so where nothing is said: it comes back stopped.
   */
  readonly autoRecovery?: AutoRecovery;
}

/** What can be set of an instance at launch, under EC2's names. */
export interface LaunchAttributes {
  /** It cannot be terminated by a call (F19): `OperationNotPermitted`. False by default. */
  readonly disableApiTermination?: boolean;
  /** It can neither be stopped nor terminated by a call (F19). Not for a root on an instance store. False by default. */
  readonly disableApiStop?: boolean;
  /** What becomes of it when its guest powers itself off (F21): "stop" by default. Not for a root on an instance store. */
  readonly instanceInitiatedShutdownBehavior?: ShutdownBehavior;
  /** What the instance metadata service shall do (F13); a hop limit is 1–64. */
  readonly metadataOptions?: Partial<MetadataOptions>;
  readonly maintenanceOptions?: MaintenanceOptions;
}

/** What can be set of it at any time, as EC2's ModifyInstanceAttribute has it. */
export interface AttributeChanges extends Omit<LaunchAttributes, "metadataOptions" | "maintenanceOptions"> {
  /** Whether its network interface drops what is neither from it nor for it. */
  readonly sourceDestCheck?: boolean;
}

export const LAUNCH_ATTRIBUTES: Parameters<LaunchAttributes> = {
  disableApiTermination: true,
  disableApiStop: true,
  instanceInitiatedShutdownBehavior: true,
  metadataOptions: true,
  maintenanceOptions: true,
};
export const ATTRIBUTE_CHANGES: Parameters<AttributeChanges> = {
  disableApiTermination: true,
  disableApiStop: true,
  instanceInitiatedShutdownBehavior: true,
  sourceDestCheck: true,
};

const METADATA: Parameters<MetadataOptions> = {
  httpTokens: true,
  httpPutResponseHopLimit: true,
  httpEndpoint: true,
  httpProtocolIpv6: true,
  instanceMetadataTags: true,
};
/** EC2 API, `InstanceMetadataOptionsRequest`. */
const MAX_HOPS = 64;

export const launchAttributes = (request: LaunchAttributes, root: RootDeviceType): InstanceAttributes =>
  changeAttributes(defaultAttributes(root), request, root);

/**
 * The attributes as they are to be. Throws `InvalidParameterValue` for a value that there is not, and
 * `InvalidParameterCombination` for what a root on an instance store does not have (F19, F21).
 */
export function changeAttributes(
  before: InstanceAttributes,
  changes: AttributeChanges & LaunchAttributes,
  root: RootDeviceType,
): InstanceAttributes {
  const { disableApiTermination, disableApiStop, instanceInitiatedShutdownBehavior, sourceDestCheck } = changes;
  const { metadataOptions = {}, maintenanceOptions = {} } = changes;
  if (root === "instance-store") {
    if (instanceInitiatedShutdownBehavior !== undefined) throw elasticOnly("instanceInitiatedShutdownBehavior");
    if (disableApiStop === true) throw elasticOnly("disableApiStop");
  }
  checkParameters(metadataOptions, METADATA);
  checkParameters(maintenanceOptions, { autoRecovery: true });
  const hops = metadataOptions.httpPutResponseHopLimit;
  if (hops !== undefined && (!Number.isSafeInteger(hops) || hops < 1 || hops > MAX_HOPS)) {
    throw invalid("httpPutResponseHopLimit", hops, `a whole number from 1 to ${MAX_HOPS}`);
  }
  const boolean = (name: string, value: boolean | undefined) => checkOneOf(name, value, [true, false]);
  const enabled = (name: keyof MetadataOptions) => checkOneOf(name, metadataOptions[name], SWITCH);
  const shutdown = "instanceInitiatedShutdownBehavior";
  return merge(before, {
    disableApiTermination: boolean("disableApiTermination", disableApiTermination),
    disableApiStop: boolean("disableApiStop", disableApiStop),
    instanceInitiatedShutdownBehavior: checkOneOf(shutdown, changes[shutdown], SHUTDOWN_BEHAVIORS),
    sourceDestCheck: boolean("sourceDestCheck", sourceDestCheck),
    metadataOptions: merge(before.metadataOptions, {
      httpTokens: checkOneOf("httpTokens", metadataOptions.httpTokens, HTTP_TOKENS),
      httpPutResponseHopLimit: hops,
      httpEndpoint: enabled("httpEndpoint"),
      httpProtocolIpv6: enabled("httpProtocolIpv6"),
      instanceMetadataTags: enabled("instanceMetadataTags"),
    }),
    autoRecovery: checkOneOf("autoRecovery", maintenanceOptions.autoRecovery, AUTO_RECOVERY),
  });
}

/** What is undefined stays as it is. */
function merge<T extends object>(before: T, changes: { readonly [K in keyof T]: T[K] | undefined }): T {
  const said = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(said) };
}

function checkOneOf<T>(name: string, value: unknown, choices: readonly T[]): T | undefined {
  if (value === undefined || choices.includes(value as T)) return value as T | undefined;
  throw invalid(name, value, `one of ${choices.join(", ")}`);
}

function invalid(name: string, value: unknown, expected: string): CloudError {
  const text = `Value (${String(value).slice(0, 100)}) for parameter ${name} is invalid. Expecting ${expected}.`;
  return new CloudError("InvalidParameterValue", text, { parameter: name });
}

/** EC2's text. */
function elasticOnly(attribute: string): CloudError {
  const text = `The attribute ${attribute} can only be used for elastic images.`;
  return new CloudError("InvalidParameterCombination", text, { attribute });
}
