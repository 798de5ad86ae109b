import { CloudError } from "../../base/errors.ts";
import type { ImageCatalogue } from "../images/image-catalogue.ts";
import { planDisks } from "../launch-block-devices.ts";
import { checkCount, checkType, type LaunchRequest, withRootSize } from "../launch-request.ts";
import { withTemplate } from "../launch-templates/with-template.ts";
import { completedSnapshot, type DiskContext } from "../volumes/disk-context.ts";
import { checkPerformance, checkVolumeSize, checkVolumeType } from "../volumes/volume-types.ts";
import type { Estimate, EstimateItem, EstimateRequest, PriceTable } from "./billing-info.ts";
import { type Charge, instanceCharges, volumeCharges } from "./charges.ts";

export interface EstimateSurroundings {
  readonly disks: DiskContext;
  readonly images: ImageCatalogue;
  readonly table: PriceTable;
}

/** What something will cost as prices are now (F68). Rejects as doing it would. */
export async function estimate(request: EstimateRequest, surroundings: EstimateSurroundings): Promise<Estimate> {
  const { table } = surroundings;
  const items = together(await chargesOf(request, surroundings));
  const costOf = (hourly: boolean) =>
    items.filter(({ unit }) => (unit === "Hrs") === hourly).reduce((sum, { amount, price }) => sum + amount * price, 0);
  return { currency: table.currency, perHour: costOf(true), perMonth: costOf(false), items };
}

async function chargesOf(request: EstimateRequest, surroundings: EstimateSurroundings): Promise<Charge[]> {
  const { table } = surroundings;
  if ("launch" in request) return await launchCharges(request.launch, surroundings);
  if ("instanceType" in request) return instanceCharges(table, checkType(request.instanceType).name);
  if (!("volume" in request)) {
    throw new CloudError("MissingParameter", "The request must contain one of launch, instanceType, volume.");
  }
  const { sizeGiB, iops, throughputMiBps } = request.volume;
  const type = checkVolumeType(request.volume.type);
  const sizeBytes = checkVolumeSize(type, sizeGiB);
  return volumeCharges(table, { type, sizeBytes, ...checkPerformance({ type, sizeBytes }, iops, throughputMiBps) });
}

async function launchCharges(launch: LaunchRequest, { disks, images, table }: EstimateSurroundings): Promise<Charge[]> {
  const { request } = withTemplate(disks, launch);
  const type = checkType(request.type);
  const image = await images.find(request.image, disks.view);
  const snapshotBytes = (id: string) => completedSnapshot(disks, id).sizeBytes;
  const { volumes } = planDisks(withRootSize(image, request), type, request.blockDevices ?? [], snapshotBytes);
  const one = [...instanceCharges(table, type.name), ...volumes.flatMap((volume) => volumeCharges(table, volume))];
  const count = checkCount(request.count);
  return one.map((charge) => ({ ...charge, amount: charge.amount * count }));
}

/** One item for each usage type. */
function together(charges: readonly Charge[]): EstimateItem[] {
  const items = new Map<string, EstimateItem>();
  for (const charge of charges) {
    const before = items.get(charge.usageType);
    items.set(charge.usageType, { ...charge, amount: charge.amount + (before?.amount ?? 0) });
  }
  return [...items.values()];
}
