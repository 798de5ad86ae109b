import { decodeUserData } from "../first-start/user-data.ts";
import type { CloudInstance } from "../instance.ts";
import type { BlockDeviceMapping } from "../launch-block-devices.ts";
import type { Registry } from "../registry.ts";
import { isSystemTag } from "../tags.ts";
import { GIB } from "../volumes/volume-types.ts";
import type { LaunchTemplateData } from "./launch-template-info.ts";

/** What a launch would say that makes an instance like one that there is (EC2's GetLaunchTemplateData). */
export function instanceData(registry: Registry, instance: CloudInstance): LaunchTemplateData {
  const { attributes, keyName, userData } = instance;
  const { httpTokens, httpPutResponseHopLimit, httpEndpoint, httpProtocolIpv6, instanceMetadataTags } =
    attributes.metadataOptions;
  const tags = Object.fromEntries(Object.entries(instance.tags).filter(([key]) => !isSystemTag(key)));
  return {
    image: instance.imageId,
    type: instance.type.name,
    availabilityZone: instance.availabilityZone,
    ...(keyName === null ? {} : { keyName }),
    ...(userData === null ? {} : { userData: decodeUserData(userData) }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    blockDevices: blockDevicesOf(registry, instance.id),
    disableApiTermination: attributes.disableApiTermination,
    ...(instance.rootDeviceType === "instance-store"
      ? {}
      : {
          disableApiStop: attributes.disableApiStop,
          instanceInitiatedShutdownBehavior: attributes.instanceInitiatedShutdownBehavior,
        }),
    metadataOptions: { httpTokens, httpPutResponseHopLimit, httpEndpoint, httpProtocolIpv6, instanceMetadataTags },
  };
}

function blockDevicesOf({ volumes }: Registry, instanceId: string): BlockDeviceMapping[] {
  return volumes.entries().flatMap(([, volume]) => {
    const { attachment, snapshotId, sizeBytes, type, iops, throughputMiBps, keyId } = volume;
    if (attachment?.instanceId !== instanceId) return [];
    const ebs = {
      sizeGiB: Math.ceil(sizeBytes / GIB),
      type,
      deleteOnTermination: attachment.deleteOnTermination,
      ...(keyId === null ? {} : { encrypted: true }),
      ...(snapshotId === null ? {} : { snapshotId }),
      ...(iops === null ? {} : { iops }),
      ...(throughputMiBps === null ? {} : { throughputMiBps }),
    };
    return [{ device: attachment.device, ebs }];
  });
}
