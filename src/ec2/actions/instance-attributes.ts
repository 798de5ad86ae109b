import {
  DescribeInstanceAttribute$,
  type DescribeInstanceAttributeRequest,
  type InstanceAttribute,
  type InstanceAttributeName,
  type InstanceBlockDeviceMappingSpecification,
  ModifyInstanceAttribute$,
  type ModifyInstanceAttributeRequest,
  ResetInstanceAttribute$,
  type ResetInstanceAttributeRequest,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import type { CloudInstance } from "../../cloud/instance.ts";
import { deviceLetter } from "../../cloud/volumes/device-names.ts";
import { oneOf } from "../accepted.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { type ChangedAttribute, changedAttribute } from "./changed-attribute.ts";
import { instanceOutputOf } from "./instance-output.ts";

type Name = InstanceAttributeName;

/** How each attribute is told (EC2 API, DescribeInstanceAttribute). What is not set is there without a value. */
const ATTRIBUTES: Readonly<Record<Name, (instance: CloudInstance, context: ActionContext) => InstanceAttribute>> = {
  blockDeviceMapping: (instance, context) => ({ BlockDeviceMappings: mappingsOf(instance, context) }),
  disableApiStop: ({ attributes }) => ({ DisableApiStop: { Value: attributes.disableApiStop } }),
  disableApiTermination: ({ attributes }) => ({ DisableApiTermination: { Value: attributes.disableApiTermination } }),
  ebsOptimized: () => ({ EbsOptimized: { Value: false } }),
  enaSupport: () => ({ EnaSupport: { Value: false } }),
  enclaveOptions: () => ({ EnclaveOptions: { Enabled: false } }),
  groupSet: (instance, context) => ({
    Groups: instanceOutputOf(instance, context).SecurityGroups ?? [],
  }),
  instanceInitiatedShutdownBehavior: ({ attributes }) => ({
    InstanceInitiatedShutdownBehavior: { Value: attributes.instanceInitiatedShutdownBehavior },
  }),
  instanceType: ({ type }) => ({ InstanceType: { Value: type.name } }),
  kernel: ({ kernel }) => ({ KernelId: defined({ Value: kernel?.imageId }) }),
  productCodes: (instance, context) => ({
    ProductCodes: instanceOutputOf(instance, context).ProductCodes ?? [],
  }),
  ramdisk: () => ({ RamdiskId: {} }),
  rootDeviceName: ({ rootDevice }) => ({ RootDeviceName: { Value: rootDevice } }),
  sourceDestCheck: ({ attributes }) => ({ SourceDestCheck: { Value: attributes.sourceDestCheck } }),
  sriovNetSupport: () => ({ SriovNetSupport: {} }),
  userData: ({ userData }) => ({ UserData: defined({ Value: userData ?? undefined }) }),
};

const NAMES = Object.keys(ATTRIBUTES) as Name[];

const mappingsOf = (instance: CloudInstance, context: ActionContext) =>
  instanceOutputOf(instance, context).BlockDeviceMappings ?? [];

export const describeInstanceAttribute = defineAction<DescribeInstanceAttributeRequest, InstanceAttribute>(
  DescribeInstanceAttribute$,
  { InstanceId: true, Attribute: oneOf(...NAMES) },
  ({ InstanceId: id = "", Attribute: name }, context) => {
    const instance = context.cloud.instances.get(id);
    if (name === undefined) throw missing("Attribute");
    return { InstanceId: id, ...ATTRIBUTES[name](instance, context) };
  },
);

/** One attribute a call, by its own parameter, or by `Attribute` and `Value`. */
export const modifyInstanceAttribute = defineAction<ModifyInstanceAttributeRequest, Record<never, never>>(
  ModifyInstanceAttribute$,
  {
    InstanceId: true,
    Attribute: oneOf(...NAMES),
    Value: true,
    BlockDeviceMappings: { DeviceName: true, Ebs: { DeleteOnTermination: true, VolumeId: true } },
    DisableApiStop: true,
    DisableApiTermination: true,
    EbsOptimized: true,
    EnaSupport: true,
    EnclaveOptions: true,
    Groups: true,
    InstanceInitiatedShutdownBehavior: true,
    InstanceType: true,
    Kernel: true,
    Ramdisk: true,
    SourceDestCheck: true,
    SriovNetSupport: true,
    UserData: true,
  },
  async (request, context) => {
    const instance = context.cloud.instances.get(request.InstanceId ?? "");
    await change(instance, changedAttribute(request), context);
    return {};
  },
);

async function change(instance: CloudInstance, attribute: ChangedAttribute, context: ActionContext): Promise<void> {
  switch (attribute.name) {
    case "blockDeviceMapping":
      return await changeMappings(instance, attribute.value, context);
    case "groupSet":
      return await changeGroups(instance, attribute.value, context);
    case "kernel":
      return await instance.modify({ kernelImage: parseId("ami", attribute.value, "InvalidAMIID.Malformed") });
    case "instanceType":
      return await instance.modify({ type: attribute.value });
    case "instanceInitiatedShutdownBehavior":
      return await instance.modify({ [attribute.name]: attribute.value as "stop" | "terminate" });
    case "userData":
      return await instance.modify({ userData: attribute.value === "" ? null : attribute.value });
    case "disableApiStop":
    case "disableApiTermination":
    case "sourceDestCheck":
      return await instance.modify({ [attribute.name]: attribute.value });
    default:
      // It says what is so anyway, or is refused.
      if (attribute.isAsIs) return;
      throw new CloudError("UnsupportedOperation", `The attribute ${attribute.name} cannot be set here.`, {
        attribute: attribute.name,
      });
  }
}

/** An instance's groups are its only interface's; of several, each has its own (F58). */
async function changeGroups(
  { id }: CloudInstance,
  securityGroupIds: readonly string[],
  { cloud }: ActionContext,
): Promise<void> {
  const own = cloud.network.interfaces().filter(({ attachment }) => attachment?.instanceId === id);
  const [only, ...others] = own;
  if (only !== undefined && others.length === 0) {
    await cloud.networkInterfaces.modify(only.id, { securityGroupIds });
    return;
  }
  const text = `There are multiple interfaces attached to instance '${id}'. Please specify an interface ID for the operation instead.`;
  throw new CloudError("InvalidInstanceID", text, { instanceId: id });
}

/** What is deleted with the instance, at any time (F43). All of them are found before any is changed. */
async function changeMappings(
  instance: CloudInstance,
  changes: readonly InstanceBlockDeviceMappingSpecification[],
  context: ActionContext,
): Promise<void> {
  const mappings = mappingsOf(instance, context);
  const found = changes.map(({ DeviceName: device = "", Ebs: ebs }) => {
    const letter = deviceLetter(device);
    const mapping = mappings.find(({ DeviceName: name = "" }) => deviceLetter(name) === letter);
    const volumeId = mapping?.Ebs?.VolumeId;
    if (letter === undefined || volumeId === undefined) {
      const text = `No device is currently mapped at ${device}`;
      throw new CloudError("InvalidInstanceAttributeValue", text, { device });
    }
    if (ebs?.VolumeId !== undefined && ebs.VolumeId !== volumeId) {
      const text = `The volume at ${device} is ${volumeId}, not '${ebs.VolumeId}'.`;
      throw new CloudError("InvalidParameterValue", text, { device, volumeId });
    }
    if (ebs?.DeleteOnTermination === undefined) throw missing("BlockDeviceMapping.Ebs.DeleteOnTermination");
    return { volumeId, deleteOnTermination: ebs.DeleteOnTermination };
  });
  for (const { volumeId, deleteOnTermination } of found)
    await context.cloud.volumes.setDeleteOnTermination(volumeId, deleteOnTermination);
}

/** EC2 has three that can be reset; a RAM disk is in the kernel here. */
export const resetInstanceAttribute = defineAction<ResetInstanceAttributeRequest, Record<never, never>>(
  ResetInstanceAttribute$,
  { InstanceId: true, Attribute: oneOf("kernel", "ramdisk", "sourceDestCheck") },
  async ({ InstanceId: id = "", Attribute: name }, { cloud }) => {
    const instance = cloud.instances.get(id);
    if (name === undefined) throw missing("Attribute");
    await instance.modify(name === "sourceDestCheck" ? { sourceDestCheck: true } : { kernelImage: null });
    return {};
  },
);

const missing = (parameter: string) =>
  new CloudError("MissingParameter", `The request must contain the parameter ${parameter}`, { parameter });
