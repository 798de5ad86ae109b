import type { EstimateRequest } from "../../api/billing-types.ts";
import type { VolumeTypeOption } from "../volumes/volume-fields.ts";

interface VolumeFields {
  readonly sizeGiB: number | undefined;
  readonly type: VolumeTypeOption;
  readonly iops: number | undefined;
}

/** What the price of a volume is asked for with; null where its fields say no size. Part of a GiB counts as a whole one. */
export function priceRequest({ sizeGiB, type, iops }: VolumeFields): EstimateRequest | null {
  if (sizeGiB === undefined || !(sizeGiB > 0)) return null;
  return { volume: { sizeGiB: Math.ceil(sizeGiB), type: type.value, ...(iops !== undefined && { iops }) } };
}
