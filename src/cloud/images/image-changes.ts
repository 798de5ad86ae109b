import { CloudError } from "../../base/errors.ts";
import { isId } from "../../base/ids.ts";
import { checkParameters } from "../parameters.ts";
import { changePermissions, encryptedImageNotShared, PERMISSION_CHANGE, type PermissionChange } from "../sharing.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { ImageCatalogue } from "./image-catalogue.ts";
import { type OwnImageRecord, PRODUCT_CODE } from "./own-image-record.ts";

/** EC2 API, EnableImageDeprecation: "The upper limit for DeprecateAt is 10 years from now". */
const MAX_DEPRECATION_MS = 10 * 366 * 24 * 3_600_000;
const MAX_DESCRIPTION = 255;

/** What an owner changes about images: of others' they may change nothing (F34). */
export class ImageChanges {
  readonly #context: DiskContext;
  readonly #catalogue: ImageCatalogue;

  constructor(context: DiskContext, catalogue: ImageCatalogue) {
    this.#context = context;
    this.#catalogue = catalogue;
  }

  /**
   * One's own image. Another's, or the page's: `AuthFailure`; not there, or not to be seen: `InvalidAMIID.NotFound`;
   * deregistered: `InvalidAMIID.Unavailable`.
   */
  async own(imageId: string): Promise<OwnImageRecord> {
    if (!isId("ami", imageId)) {
      throw new CloudError("InvalidAMIID.Malformed", `Invalid id: "${imageId}" (expecting "ami-...")`, { imageId });
    }
    const { registry, view } = this.#context;
    const record = registry.images.get(imageId);
    if (record !== undefined && record.state !== "deregistered" && view.sees(record)) return record;
    const { kind } = await this.#catalogue.find(imageId, view);
    const whose = kind === "own" ? "belongs to another account" : "comes with the page";
    throw new CloudError("AuthFailure", `Not authorized for image:${imageId}: it ${whose}.`, { imageId });
  }

  async setTags(imageId: string, tags: Tags): Promise<void> {
    const checked = checkTags(tags);
    await this.#change(imageId, () => ({ tags: checked }));
  }

  async setDescription(imageId: string, description: string): Promise<void> {
    if (typeof description !== "string" || description.length > MAX_DESCRIPTION) {
      const text = `A description has at most ${MAX_DESCRIPTION} characters.`;
      throw new CloudError("InvalidParameterValue", text, { parameter: "description" });
    }
    await this.#change(imageId, () => ({ description }));
  }

  async share(imageId: string, change: PermissionChange): Promise<void> {
    checkParameters(change, PERMISSION_CHANGE);
    await this.#change(imageId, (record) => {
      const launchPermissions = changePermissions(record.launchPermissions, change);
      if (launchPermissions.length > 0) this.#checkSharable(imageId, record);
      return { launchPermissions };
    });
  }

  /** They stay once they are there, as in EC2. */
  async addProductCodes(imageId: string, codes: readonly string[]): Promise<void> {
    const wrong = codes.find((code) => !PRODUCT_CODE.test(code));
    if (wrong !== undefined) {
      const text = `Invalid product code "${wrong}": it has 4 to 25 of a-z and 0-9.`;
      throw new CloudError("InvalidProductCode.Malformed", text, { productCode: wrong });
    }
    await this.#change(imageId, (record) => ({ productCodes: [...new Set([...record.productCodes, ...codes])] }));
  }

  /** `null`: not any more. A time that is past, or more than ten years off: `InvalidParameterValue`. */
  async setDeprecation(imageId: string, time: Date | null): Promise<void> {
    const now = this.#context.clock.now();
    const at = time === null ? null : time.getTime();
    if (at !== null && !(at > now && at <= now + MAX_DEPRECATION_MS)) {
      const text = "The deprecation time must be in the future, and within ten years.";
      throw new CloudError("InvalidParameterValue", text, { parameter: "deprecateAt" });
    }
    // EC2 keeps it to the minute.
    await this.#change(imageId, () => ({ deprecatedAt: at && Math.floor(at / 60_000) * 60_000 }));
  }

  /** Takes the permissions of others back for good, as EC2 does. */
  async disable(imageId: string): Promise<void> {
    await this.#change(imageId, ({ state }) => {
      if (state === "available") return { state: "disabled", launchPermissions: [] };
      throw incorrectState(imageId, state, "available");
    });
  }

  async enable(imageId: string): Promise<void> {
    await this.#change(imageId, ({ state }) => {
      if (state === "disabled") return { state: "available" };
      throw incorrectState(imageId, state, "disabled");
    });
  }

  async #change(imageId: string, change: (record: OwnImageRecord) => Partial<OwnImageRecord>): Promise<void> {
    const seen = await this.own(imageId);
    const { registry } = this.#context;
    // As it is now: another change may have come in between.
    const record = registry.images.get(imageId) ?? seen;
    await registry.commit([registry.images.put(imageId, { ...record, ...change(record) })]);
  }

  #checkSharable(imageId: string, { state, devices }: OwnImageRecord): void {
    if (state !== "available" && state !== "pending") throw incorrectState(imageId, state, "available");
    const { snapshots } = this.#context.registry;
    const isEncrypted = devices.some(({ snapshotId }) => (snapshots.get(snapshotId ?? "")?.keyId ?? null) !== null);
    if (isEncrypted) throw encryptedImageNotShared(imageId);
  }
}

const incorrectState = (imageId: string, state: string, wanted: string) =>
  new CloudError("InvalidAMIID.Unavailable", `The image ID '${imageId}' is ${state}; it must be ${wanted}.`, {
    imageId,
    state,
  });
