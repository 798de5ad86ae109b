import { CloudError } from "../base/errors.ts";
import type { ImageCatalogue } from "./images/image-catalogue.ts";
import type { CloudInstances } from "./instances.ts";
import { keyPairOf } from "./key-pairs/key-pairs.ts";
import { templateOf } from "./launch-templates/template-lookup.ts";
import { isNetworkType, NETWORK_TYPES, type NetworkType, networkTags, retagNetwork } from "./network/tagged-network.ts";
import type { Change, RecordTable } from "./record-table.ts";
import type { Owned } from "./scope.ts";
import { changeTags, type Tags } from "./tags.ts";
import { type DiskContext, snapshotOf, volumeOf } from "./volumes/disk-context.ts";

/** EC2's names for the kinds of what has tags. */
export type TaggedType = "image" | "instance" | "key-pair" | "launch-template" | "snapshot" | "volume" | NetworkType;

export interface TaggedResource {
  readonly id: string;
  readonly type: TaggedType;
  readonly tags: Tags;
}

const TYPES: Readonly<Record<string, TaggedType>> = {
  ...NETWORK_TYPES,
  ami: "image",
  i: "instance",
  key: "key-pair",
  lt: "launch-template",
  snap: "snapshot",
  vol: "volume",
};

/** The tags of everything that has some (F77). */
export class CloudTags {
  readonly #context: DiskContext;
  readonly #instances: CloudInstances;
  readonly #catalogue: ImageCatalogue;

  constructor(context: DiskContext, instances: CloudInstances, catalogue: ImageCatalogue) {
    this.#context = context;
    this.#instances = instances;
    this.#catalogue = catalogue;
  }

  /** Everything that has tags at the moment, with all of them. */
  list(): TaggedResource[] {
    const { registry, view } = this.#context;
    const of = <T extends Owned & { readonly tags: Tags }>(
      table: RecordTable<T>,
      type: TaggedType,
      isThere: (record: T) => boolean = () => true,
    ): TaggedResource[] =>
      table
        .entries()
        .filter(([, record]) => view.sees(record) && isThere(record))
        .map(([id, { tags }]) => ({ id, type, tags }));
    const resources: TaggedResource[] = [
      ...this.#instances.list().map(({ id, tags }) => ({ id, type: "instance" as const, tags })),
      ...of(registry.volumes, "volume"),
      ...of(registry.keyPairs, "key-pair"),
      ...of(registry.launchTemplates, "launch-template"),
      ...networkTags(this.#context),
      ...of(registry.snapshots, "snapshot", ({ deleting }) => !deleting),
      ...of(registry.images, "image", ({ state }) => state !== "deregistered"),
    ];
    return resources.filter(({ tags }) => Object.keys(tags).length > 0);
  }

  /**
   * Makes each resource's tags what `change` makes of them; of all or, when one cannot be changed, of none. Throws
   * `InvalidID`, the kind's own error for an id that there is not, `AuthFailure` for an image that comes with the page,
   * `TagLimitExceeded` and `InvalidParameterValue` for tags that there cannot be.
   */
  async change(ids: readonly string[], change: (tags: Tags) => Tags): Promise<void> {
    const all = [...new Set(ids)];
    for (const id of all) if (typeOf(id) === "image") await this.#checkOwn(id);
    const { registry, queue } = this.#context;
    const volumes = all.filter((id) => typeOf(id) === "volume");
    // Whoever is at work on a volume stores its record as it knew it.
    const ofNetwork = all.flatMap((id): [string, NetworkType][] => {
      const type = typeOf(id);
      return isNetworkType(type) ? [[id, type]] : [];
    });
    const others = all.filter((id) => !isNetworkType(typeOf(id)));
    const changed = (tags: Tags) => changeTags(tags, change(tags));
    await queue.run(volumes, () =>
      registry.commit([
        ...others.map((id) => this.#retag(id, change)),
        ...retagNetwork(this.#context, ofNetwork, changed),
      ]),
    );
  }

  #retag(id: string, change: (tags: Tags) => Tags): Change {
    const { volumes, snapshots, images } = this.#context.registry;
    const changed = (tags: Tags) => changeTags(tags, change(tags));
    const type = typeOf(id);
    switch (type) {
      case "instance":
        return this.#instances.retag(id, changed(this.#instances.get(id).tags));
      case "volume": {
        const record = volumeOf(this.#context, id);
        return volumes.put(id, { ...record, tags: changed(record.tags) });
      }
      case "key-pair":
        return this.#context.registry.keyPairs.put(id, retagged(keyPairOf(this.#context, id), changed));
      case "launch-template":
        return this.#context.registry.launchTemplates.put(id, retagged(templateOf(this.#context, id), changed));
      case "snapshot": {
        const record = snapshotOf(this.#context, id);
        return snapshots.put(id, { ...record, tags: changed(record.tags) });
      }
      case "image": {
        const record = images.get(id);
        if (record === undefined) throw new TypeError(`image ${id} was checked, and is not there`);
        return images.put(id, { ...record, tags: changed(record.tags) });
      }
      default:
        throw new TypeError(`${type} has tags by other means`);
    }
  }

  async #checkOwn(imageId: string): Promise<void> {
    const record = this.#context.registry.images.get(imageId);
    if (record !== undefined && record.state !== "deregistered" && this.#context.view.sees(record)) return;
    await this.#catalogue.find(imageId, this.#context.view);
    const text = `Not authorized for image:${imageId}: it is not this account's.`;
    throw new CloudError("AuthFailure", text, { imageId });
  }
}

const retagged = <T extends { readonly tags: Tags }>(record: T, changed: (tags: Tags) => Tags): T => ({
  ...record,
  tags: changed(record.tags),
});

function typeOf(id: string): TaggedType {
  const prefix = id.slice(0, Math.max(0, id.indexOf("-")));
  const type = Object.hasOwn(TYPES, prefix) ? TYPES[prefix] : undefined;
  if (type !== undefined) return type;
  throw new CloudError("InvalidID", `The ID '${id.slice(0, 128)}' is not valid`, { id: id.slice(0, 128) });
}
