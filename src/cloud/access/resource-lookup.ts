import { CloudError } from "../../base/errors.ts";
import { type ResourceType, resourceArn, type TouchedResource } from "../../ec2/policy/index.ts";
import type { ImageCatalogue } from "../images/image-catalogue.ts";
import type { CloudInstance } from "../instance.ts";
import type { CloudInstances } from "../instances.ts";
import type { LaunchRequest } from "../launch-request.ts";
import type { LaunchTemplateRecord } from "../launch-templates/launch-template-record.ts";
import { withTemplate } from "../launch-templates/with-template.ts";
import { findZone } from "../regions.ts";
import type { Registry } from "../registry.ts";
import type { Scope, View } from "../scope.ts";
import { GIB } from "../volumes/volume-types.ts";
import { typeOfId } from "./made-ids.ts";
import {
  addressOf,
  associated,
  attached,
  groupNamed,
  isEgressRule,
  type LaunchNetwork,
  launchNetwork,
  networkResource,
} from "./network-lookup.ts";

export interface LookupParts {
  readonly registry: Registry;
  /** All there are, whoever asks. */
  readonly instances: CloudInstances;
  readonly catalogue: ImageCatalogue;
}

/**
 * What policies can know of a resource that a call names (P52, P53). Of an id that there is not, only the id is known: who may
 * not do it is not told whether it exists.
 */
export class ResourceLookup {
  readonly #parts: LookupParts;

  constructor(parts: LookupParts) {
    this.#parts = parts;
  }

  /** By an id of any kind; none for what has no type that policies know. */
  async byId(id: string, scope: Scope): Promise<TouchedResource[]> {
    const type = typeOfId(id);
    switch (type) {
      case "instance":
        return [this.instance(id)];
      case "volume":
        return [this.volume(id)];
      case "snapshot":
        return [this.snapshot(id)];
      case "image":
        return [await this.image(id)];
      case "key-pair":
        return this.keyPair({ id }, scope);
      case "launch-template":
        return this.launchTemplate({ id }, scope);
      case undefined:
        return [];
      default:
        return [networkResource(this.#parts.registry, type, id, scope)];
    }
  }

  instance(id: string): TouchedResource {
    const found = this.#instance(id);
    if (found === undefined) return { type: "instance", id };
    const { ownerId, region, availabilityZone, tags, type, rootDeviceType, attributes } = found;
    const { metadataOptions: metadata } = attributes;
    return {
      type: "instance",
      id,
      ownerId,
      region,
      tags,
      facts: {
        ...zoneFacts(availabilityZone),
        EbsOptimized: false,
        InstanceAutoRecovery: attributes.autoRecovery,
        InstanceID: id,
        InstanceMarketType: "on-demand",
        InstanceMetadataTags: metadata.instanceMetadataTags,
        InstanceType: type.name,
        MetadataHttpEndpoint: metadata.httpEndpoint,
        MetadataHttpPutResponseHopLimit: metadata.httpPutResponseHopLimit,
        MetadataHttpTokens: metadata.httpTokens,
        RootDeviceType: rootDeviceType,
        Tenancy: "default",
      },
    };
  }

  volume(id: string): TouchedResource {
    const record = this.#parts.registry.volumes.get(id);
    if (record === undefined) return { type: "volume", id };
    const { ownerId, region, zone, tags, sizeBytes, type, iops, throughputMiBps, keyId, snapshotId } = record;
    return {
      type: "volume",
      id,
      ownerId,
      region,
      tags,
      facts: {
        ...zoneFacts(zone),
        Encrypted: keyId !== null,
        VolumeID: id,
        VolumeSize: Math.ceil(sizeBytes / GIB),
        VolumeType: type,
        ...(iops === null ? {} : { VolumeIops: iops }),
        ...(throughputMiBps === null ? {} : { VolumeThroughput: throughputMiBps }),
        ...(snapshotId === null ? {} : { ParentSnapshot: arnOf("snapshot", snapshotId, { ownerId, region }) }),
      },
    };
  }

  snapshot(id: string): TouchedResource {
    const record = this.#parts.registry.snapshots.get(id);
    if (record === undefined) return { type: "snapshot", id };
    const { ownerId, region, tags, volumeId, sizeBytes, startedAt, keyId } = record;
    return {
      type: "snapshot",
      id,
      ownerId,
      region,
      tags,
      facts: {
        Encrypted: keyId !== null,
        Owner: ownerId,
        ParentVolume: arnOf("volume", volumeId, { ownerId, region }),
        SnapshotID: id,
        SnapshotTime: new Date(startedAt).toISOString(),
        VolumeSize: Math.ceil(sizeBytes / GIB),
      },
    };
  }

  /** By id, or in this cloud's own API by name. */
  async image(nameOrId: string): Promise<TouchedResource> {
    const { registry, catalogue } = this.#parts;
    const own = registry.images.get(nameOrId) ?? registry.images.entries().find(([, it]) => it.name === nameOrId)?.[1];
    if (own !== undefined) {
      const id = registry.images.get(nameOrId) === own ? nameOrId : idOf(registry.images.entries(), own);
      const { ownerId, region, tags, launchPermissions, ref } = own;
      const facts = { Owner: ownerId, Public: launchPermissions.includes("all"), RootDeviceType: rootTypeOf(ref) };
      return { type: "image", id, ownerId, region, tags, facts: { ImageID: id, ImageType: "machine", ...facts } };
    }
    // That none can be had is told by whoever needs it.
    const published = await catalogue.embedded().catch(() => []);
    const image = published.find(({ id, name }) => id === nameOrId || name === nameOrId);
    if (image === undefined) return { type: "image", id: nameOrId };
    const facts = { Owner: "amazon", Public: true, RootDeviceType: rootTypeOf(image.ref) };
    return { type: "image", id: image.id, facts: { ImageID: image.id, ImageType: "machine", ...facts } };
  }

  /** A key pair's ARN has its name in it. */
  keyPair({ id, name }: Named, scope: Scope): TouchedResource[] {
    const { keyPairs } = this.#parts.registry;
    const found = keyPairs
      .entries()
      .find(
        ([keyId, it]) =>
          keyId === id || (it.name === name && it.ownerId === scope.accountId && it.region === scope.region),
      );
    const named = found?.[1].name ?? name ?? id;
    if (named === undefined) return [];
    if (found === undefined) return [{ type: "key-pair", id: named }];
    const [, { ownerId, region, tags, type }] = found;
    return [{ type: "key-pair", id: named, ownerId, region, tags, facts: { KeyPairName: named, KeyPairType: type } }];
  }

  /** What a launch makes and uses of the network. */
  network(launch: LaunchNetwork, scope: Scope): TouchedResource[] {
    return launchNetwork(this.#parts.registry, launch, scope);
  }

  /** Something that a network is of. */
  networkPart(type: ResourceType, id: string, scope: Scope): TouchedResource {
    return networkResource(this.#parts.registry, type, id, scope);
  }

  /** The table and the subnet that an association is of, whichever kind it is. */
  associated(associationId: string | undefined, scope: Scope): { routeTableId?: string; subnetId?: string } {
    return associated(this.#parts.registry, associationId, scope);
  }

  /** Whether a security group's rule is about what leaves. */
  isEgressRule(ruleId: string | undefined, scope: Scope): boolean {
    return isEgressRule(this.#parts.registry, ruleId, scope);
  }

  /** What an attachment of a network interface is of. */
  attached(attachmentId: string | undefined, scope: Scope): { interfaceId?: string; instanceId?: string } {
    return attached(this.#parts.registry, attachmentId, scope);
  }

  /** The id of an Elastic IP address. */
  addressOf(
    by: { associationId?: string | undefined; publicIp?: string | undefined },
    scope: Scope,
  ): string | undefined {
    return addressOf(this.#parts.registry, by, scope);
  }

  /** The id of a security group of the default VPC. */
  groupNamed(name: string, scope: Scope): string | undefined {
    return groupNamed(this.#parts.registry, name, scope);
  }

  launchTemplate({ id, name }: Named, { accountId, region }: Scope): TouchedResource[] {
    if (id === undefined && name === undefined) return [];
    const isIt = ([templateId, it]: [string, LaunchTemplateRecord]) =>
      templateId === id || (it.name === name && it.ownerId === accountId && it.region === region);
    const found = this.#parts.registry.launchTemplates.entries().find(isIt);
    if (found === undefined) return [{ type: "launch-template", id: id ?? name ?? "" }];
    const [templateId, { ownerId, tags, region: where }] = found;
    return [{ type: "launch-template", id: templateId, ownerId, region: where, tags }];
  }

  /** A launch with what its template says. Throws when there is none, or no such version. */
  withTemplate(launch: LaunchRequest, view: View): LaunchRequest {
    return withTemplate({ registry: this.#parts.registry, view }, launch).request;
  }

  /** The volumes that are attached to an instance, with the names under which they are. */
  attachedTo(instanceId: string): { readonly id: string; readonly device: string }[] {
    return this.#parts.registry.volumes
      .entries()
      .flatMap(([id, { attachment }]) =>
        attachment?.instanceId === instanceId ? [{ id, device: attachment.device }] : [],
      );
  }

  /** What was made with an instance or an image, by their ids. */
  partsOf(id: string): string[] {
    const { registry } = this.#parts;
    const interfaces = registry.interfacesOfInstance.of(id);
    const snapshots = registry.images.get(id)?.devices.flatMap(({ snapshotId }) => snapshotId ?? []) ?? [];
    return [...this.attachedTo(id).map((volume) => volume.id), ...interfaces.map(([one]) => one), ...snapshots];
  }

  rootDeviceOf(instanceId: string): string | undefined {
    return this.#instance(instanceId)?.rootDevice;
  }

  /** The instance that a volume is attached to. */
  instanceOf(volumeId: string): string | undefined {
    return this.#parts.registry.volumes.get(volumeId)?.attachment?.instanceId;
  }

  /** What a launch of an image makes volumes of; none of an image that there is not. */
  async devicesOf(image: string): Promise<readonly LaunchedDevice[]> {
    const { registry, catalogue } = this.#parts;
    const own = registry.images.get(image) ?? registry.images.entries().find(([, { name }]) => name === image)?.[1];
    if (own !== undefined) return rootTypeOf(own.ref) === "ebs" ? own.devices : own.devices.slice(1);
    const published = await catalogue.embedded().catch(() => []);
    const found = published.find(({ id, name }) => id === image || name === image);
    if (found === undefined) return [];
    return rootTypeOf(found.ref) === "ebs" ? found.devices : found.devices.slice(1);
  }

  #instance(id: string): CloudInstance | undefined {
    try {
      return this.#parts.instances.get(id);
    } catch (error) {
      if (error instanceof CloudError) return undefined;
      throw error;
    }
  }
}

/** By its id or its name, whichever is given. */
interface Named {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** A volume of an image, as far as policies ask for it. */
export interface LaunchedDevice {
  readonly device: string;
  readonly sizeBytes: number;
  readonly type: string;
  readonly snapshotId: string | null;
}

const zoneFacts = (zone: string) => {
  const zoneId = findZone(zone)?.id;
  return { AvailabilityZone: zone, ...(zoneId === undefined ? {} : { AvailabilityZoneId: zoneId }) };
};

const arnOf = (type: ResourceType, id: string, { ownerId, region }: { ownerId: string; region: string }): string =>
  resourceArn(type, id, { region, accountId: ownerId });

const rootTypeOf = ({ manifest }: { readonly manifest: { readonly rootDeviceType?: string | undefined } }): string =>
  manifest.rootDeviceType ?? "ebs";

const idOf = <T>(entries: readonly (readonly [string, T])[], record: T): string =>
  entries.find(([, value]) => value === record)?.[0] ?? "";
