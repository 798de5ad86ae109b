import { CloudError } from "../../base/errors.ts";
import { ROOT_DEVICE_TYPES, type RootDeviceType } from "../../lifecycle/states.ts";
import { MAX_STORE_ROOT_BYTES } from "../../protocol/image-manifest.ts";
import type { ImageRef } from "../../protocol/vm-contract.ts";
import type { ImageDevice } from "./own-image-record.ts";

/** An image's reference with what its root is to be on (F31); checks what an instance store allows (F32). */
export function withRootDeviceType(
  ref: ImageRef,
  type: RootDeviceType = "ebs",
  devices: readonly ImageDevice[],
): ImageRef {
  const { rootDeviceType: _, ...manifest } = ref.manifest;
  if (!ROOT_DEVICE_TYPES.includes(type)) {
    const text = `Value (${type}) for parameter rootDeviceType is invalid. It is one of ${ROOT_DEVICE_TYPES.join(", ")}.`;
    throw new CloudError("InvalidParameterValue", text, { rootDeviceType: type });
  }
  if (type === "ebs") return { ...ref, manifest };
  const sizeBytes = devices[0]?.sizeBytes ?? 0;
  if (devices.length > 1) {
    const text = "An image with further volumes, or a CD, cannot have its root on an instance store.";
    throw new CloudError("InvalidParameterCombination", text, { rootDeviceType: type });
  }
  if (sizeBytes > MAX_STORE_ROOT_BYTES) {
    const text = `A root volume on an instance store has at most 10 GiB; the snapshot has ${sizeBytes} bytes.`;
    throw new CloudError("InvalidParameterValue", text, { sizeBytes, limitBytes: MAX_STORE_ROOT_BYTES });
  }
  return { ...ref, manifest: { ...manifest, rootDeviceType: type } };
}
