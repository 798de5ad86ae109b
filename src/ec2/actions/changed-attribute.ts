import type {
  InstanceAttributeName,
  InstanceBlockDeviceMappingSpecification,
  ModifyInstanceAttributeRequest,
} from "@aws-sdk/client-ec2";
import { toBase64 } from "../../base/bytes.ts";
import { CloudError } from "../../base/errors.ts";
import { shorten } from "../wire/parameters.ts";

type TextName = "instanceInitiatedShutdownBehavior" | "instanceType" | "kernel" | "userData";
type BooleanName = "disableApiStop" | "disableApiTermination" | "sourceDestCheck";
type MappingName = "blockDeviceMapping";
type GroupsName = "groupSet";
type FixedName = Exclude<InstanceAttributeName, TextName | BooleanName | MappingName | GroupsName>;

/** What a request changes. */
export type ChangedAttribute =
  | { readonly name: TextName; readonly value: string }
  | { readonly name: BooleanName; readonly value: boolean }
  | { readonly name: MappingName; readonly value: readonly InstanceBlockDeviceMappingSpecification[] }
  /** Ids of security groups. */
  | { readonly name: GroupsName; readonly value: readonly string[] }
  /** Of those that cannot be set here; `isAsIs`: it is so anyway. */
  | { readonly name: FixedName; readonly isAsIs: boolean };

/** What an attribute is set to: by its own parameter, or by the `Value` that goes with `Attribute`. */
type Given = string | boolean | undefined;

const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : toBase64(bytes);

/** Each attribute's own parameter. */
const OWN: Readonly<Partial<Record<InstanceAttributeName, (request: ModifyInstanceAttributeRequest) => Given>>> = {
  disableApiStop: ({ DisableApiStop: it }) => it?.Value,
  disableApiTermination: ({ DisableApiTermination: it }) => it?.Value,
  ebsOptimized: ({ EbsOptimized: it }) => it?.Value,
  enaSupport: ({ EnaSupport: it }) => it?.Value,
  enclaveOptions: ({ EnclaveOptions: it }) => it?.Enabled,
  instanceInitiatedShutdownBehavior: ({ InstanceInitiatedShutdownBehavior: it }) => it?.Value,
  instanceType: ({ InstanceType: it }) => it?.Value,
  kernel: ({ Kernel: it }) => it?.Value,
  ramdisk: ({ Ramdisk: it }) => it?.Value,
  sourceDestCheck: ({ SourceDestCheck: it }) => it?.Value,
  sriovNetSupport: ({ SriovNetSupport: it }) => it?.Value,
  // In the request it is base64, as it is kept.
  userData: ({ UserData: it }) => (it === undefined ? undefined : (textOf(it.Value) ?? "")),
};

/** The one attribute that a request changes: none, or several, are `InvalidParameterCombination`. */
export function changedAttribute(request: ModifyInstanceAttributeRequest): ChangedAttribute {
  const given = new Map<InstanceAttributeName, Given>();
  for (const [name, read] of Object.entries(OWN) as [InstanceAttributeName, (typeof OWN)["kernel"] & object][]) {
    const value = read(request);
    if (value !== undefined) given.set(name, value);
  }
  const { Attribute: named, Value: value, BlockDeviceMappings: mappings, Groups: groups } = request;
  if (mappings !== undefined) given.set("blockDeviceMapping", undefined);
  if (groups !== undefined) given.set("groupSet", undefined);
  if (named !== undefined && value !== undefined) {
    if (given.has(named)) throw combination("Fields for multiple attribute types specified");
    given.set(named, value);
  }
  const [first, ...others] = [...given];
  if (first === undefined) throw combination("No attributes specified.");
  if (others.length > 0 || (named !== undefined && named !== first[0]) || (value !== undefined && named === undefined))
    throw combination("Fields for multiple attribute types specified");
  return changed(first[0], first[1], mappings, groups);
}

function changed(
  name: InstanceAttributeName,
  value: Given,
  mappings: readonly InstanceBlockDeviceMappingSpecification[] | undefined,
  groups: readonly string[] | undefined,
): ChangedAttribute {
  switch (name) {
    case "blockDeviceMapping":
      if (mappings === undefined) throw invalid(name, value);
      return { name, value: mappings };
    case "groupSet":
      if (groups === undefined) throw invalid(name, value);
      return { name, value: groups };
    case "disableApiStop":
    case "disableApiTermination":
    case "sourceDestCheck":
      return { name, value: booleanOf(name, value) };
    case "instanceInitiatedShutdownBehavior":
    case "instanceType":
    case "kernel":
    case "userData":
      return { name, value: String(value) };
    case "ebsOptimized":
    case "enaSupport":
    case "enclaveOptions":
      return { name, isAsIs: !booleanOf(name, value) };
    default:
      // An empty text is no RAM disk.
      return { name, isAsIs: value === "" };
  }
}

function booleanOf(name: string, value: Given): boolean {
  const text = String(value).toLowerCase();
  if (text === "true" || text === "false") return text === "true";
  throw invalid(name, value);
}

function invalid(name: string, value: Given): CloudError {
  const text = `Value (${shorten(String(value))}) for parameter ${name} is invalid.`;
  return new CloudError("InvalidParameterValue", text, { attribute: name });
}

const combination = (text: string) => new CloudError("InvalidParameterCombination", text);
