import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { InstanceState } from "../../lifecycle/states.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { passwordHash } from "../first-start/password.ts";
import type { ImageCatalogue } from "../images/image-catalogue.ts";
import { checkMemory, checkType } from "../launch-request.ts";
import type { Parameters } from "../parameters.ts";
import { type InstanceRecord, storeRootOf } from "../records.ts";
import { scopeOf, viewOf } from "../scope.ts";
import {
  ATTRIBUTE_CHANGES,
  type AttributeChanges,
  changeAttributes,
  type LaunchAttributes,
} from "./attribute-changes.ts";
import { checkUserData } from "./user-data.ts";

/** What of an instance can be changed: some of it only while it is stopped (F24). */
export interface ModifyInstanceRequest extends AttributeChanges {
  /** An instance type. Unknown, or too small for the image: `InvalidParameterValue`. Only when stopped. */
  readonly type?: string;
  /**
   * Name or id of the image as which it boots: with its kernel, or by the BIOS as that image does; null: as its own image,
   * with its command line. Only when stopped.
   */
  readonly kernelImage?: string | null;
  /**
   * The kernel's; that of the kernel's image by default. Not for what boots by a BIOS, whose boot loader has it on its
   * disk: `InvalidParameterCombination`. Only when stopped.
   */
  readonly commandLine?: string;
  /** In base64, of up to 16 KiB (F11); null: none. Only when stopped. */
  readonly userData?: string | null;
  /**
   * Another password for the login user (F63), as `instances.launch` takes it; set at the next start. Only when stopped,
   * and not where there is a key pair: `InvalidParameterCombination`.
   */
  readonly password?: string;
}

/** All that can be changed, whatever the action. */
export type InstanceChanges = ModifyInstanceRequest & LaunchAttributes;

export const MODIFY_INSTANCE: Parameters<ModifyInstanceRequest> = {
  ...ATTRIBUTE_CHANGES,
  type: true,
  kernelImage: true,
  commandLine: true,
  userData: true,
  password: true,
};

/** The image's kernel and command line, or those that were set instead (F24). */
export async function bootImageOf(images: ImageCatalogue, { imageId, kernel }: InstanceRecord): Promise<ImageRef> {
  const { ref } = await images.ofInstance(kernel?.imageId ?? imageId);
  return kernel === null ? ref : { ...ref, manifest: { ...ref.manifest, commandLine: kernel.commandLine } };
}

type Changed = Pick<
  InstanceRecord,
  "typeName" | "kernel" | "attributes" | "userData" | "passwordHash" | "passwordSetAt"
>;

/** What changes are planned with. */
export interface ModificationParts {
  readonly images: ImageCatalogue;
  readonly random: Random;
  readonly clock: Clock;
}

export interface Modification {
  /** What the record is to have, as it is by then. */
  readonly apply: (record: InstanceRecord, state: InstanceState) => Changed;
  /** To be stored with it. */
  readonly others: readonly StoreOperation[];
}

/**
 * A request to change an instance, checked as far as that can be before. `apply` checks what holds only as long as
 * nothing is awaited: throws `IncorrectInstanceState` for what wants a stopped instance.
 */
export async function planModification(
  id: string,
  record: InstanceRecord,
  request: InstanceChanges,
  { images, random, clock }: ModificationParts,
): Promise<Modification> {
  checkSaysSomething(request);
  const { commandLine, kernelImage, userData } = request;
  if (request.type !== undefined) {
    checkMemory(await images.ofInstance(record.imageId), checkType(request.type));
  }
  checkUserData(userData);
  const hash = request.password === undefined ? undefined : newPassword(id, record, request.password, random);
  const view = viewOf(scopeOf(record));
  const kernel = typeof kernelImage === "string" ? await images.find(kernelImage, view) : undefined;
  const own = kernelImage === null ? { ...record, kernel: null } : record;
  const image = kernel?.ref ?? (await bootImageOf(images, own));
  if (image.bootMode === "legacy-bios" && commandLine !== undefined) {
    const text = `The instance '${id}' boots by its BIOS: its kernel's command line is its boot loader's.`;
    throw new CloudError("InvalidParameterCombination", text, { instanceId: id });
  }
  const changesKernel = kernelImage !== undefined || commandLine !== undefined;
  const wantsStopped = request.type !== undefined || changesKernel || userData !== undefined || hash !== undefined;
  return {
    others: kernel === undefined ? [] : images.remember(kernel),
    apply(now, state) {
      if (state === "terminated" || (wantsStopped && state !== "stopped")) throw notStopped(id, state);
      const kernelId = kernel?.id ?? (kernelImage === null ? now.imageId : (now.kernel?.imageId ?? now.imageId));
      const asItsImage = kernelImage === null && commandLine === undefined;
      const bootsWith = { imageId: kernelId, commandLine: commandLine ?? image.manifest.commandLine };
      const root = storeRootOf(now) === undefined ? "ebs" : "instance-store";
      return {
        typeName: request.type ?? now.typeName,
        kernel: asItsImage ? null : changesKernel ? bootsWith : now.kernel,
        attributes: changeAttributes(now.attributes, request, root),
        userData: userData === undefined ? now.userData : userData,
        passwordHash: hash ?? now.passwordHash,
        passwordSetAt: hash === undefined ? now.passwordSetAt : clock.now(),
      };
    },
  };
}

/** What EC2's actions say of a request that changes nothing. */
function checkSaysSomething({ metadataOptions, maintenanceOptions, ...attributes }: InstanceChanges): void {
  const isSaid = (given: object) => Object.values(given).some((value) => value !== undefined);
  if (maintenanceOptions !== undefined && !isSaid(maintenanceOptions)) {
    throw new CloudError("MissingParameter", "The request must contain the parameter AutoRecovery");
  }
  if (metadataOptions !== undefined && !isSaid(metadataOptions)) {
    throw new CloudError("InvalidParameterCombination", "No metadata options specified.");
  }
  if (metadataOptions === undefined && maintenanceOptions === undefined && !isSaid(attributes)) {
    throw new CloudError("InvalidParameterCombination", "No attributes specified.");
  }
}

function newPassword(id: string, { keyPair }: InstanceRecord, password: string, random: Random): string {
  if (keyPair === null) return passwordHash(password, random);
  const text = `The instance '${id}' was launched with a key pair: it has no login by password.`;
  throw new CloudError("InvalidParameterCombination", text, { instanceId: id });
}

function notStopped(id: string, state: InstanceState): CloudError {
  const text = `The instance '${id}' is not in the 'stopped' state.`;
  return new CloudError("IncorrectInstanceState", text, { instanceId: id, state });
}
