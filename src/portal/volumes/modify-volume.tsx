import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import type { ModifyVolumeRequest, Volume } from "../../api/volume-types.ts";
import { Price } from "../billing/price.tsx";
import { priceRequest } from "../billing/price-request.ts";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { NumberField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";
import { optionalNumber, type VolumeTypeOption, volumeTypeOption } from "./volume-fields.ts";
import { VolumeTypeFields } from "./volume-type-fields.tsx";

const GIB = 2 ** 30;

/** Grows a volume, or changes its type. */
export function ModifyVolume({ volume, onClose }: { volume: Volume; onClose: () => void }) {
  const { cloud } = usePortal();
  const current = volumeTypeOption(volume.type);
  const canGrow = Boolean(volume.attachment?.guestDevice);
  const [size, setSize] = useState("");
  const [type, setType] = useState<VolumeTypeOption>(current);
  const [iops, setIops] = useState("");
  const [grow, setGrow] = useState(canGrow);

  const sizeGiB = optionalNumber(size);
  const provisioned = optionalNumber(iops);
  const request: ModifyVolumeRequest = {
    volumeId: volume.id,
    ...(sizeGiB !== undefined && { sizeGiB }),
    ...(type !== current && { type: type.value }),
    ...(provisioned !== undefined && { iops: provisioned }),
  };
  const modify = async () => {
    await cloud.volumes.modify(request);
    if (sizeGiB !== undefined && canGrow && grow) await cloud.volumes.growFileSystem(volume.id);
  };

  return (
    <Dialog
      title={`Modify ${labelOf(volume)}`}
      submit="Modify volume"
      onSubmit={modify}
      onClose={onClose}
      calls={[{ member: "volumes.modify", args: [request] }]}
    >
      <NumberField
        label="Size (GiB)"
        description={`It has ${formatBytes(volume.sizeBytes)} and can only grow. Empty: as it is.`}
        value={size}
        onChange={setSize}
      />
      {canGrow && (
        <Checkbox checked={grow} onChange={({ detail }) => setGrow(detail.checked)}>
          Grow the file system on it too
        </Checkbox>
      )}
      <VolumeTypeFields type={type} iops={iops} onTypeChange={setType} onIopsChange={setIops} />
      <Price of={priceRequest({ sizeGiB: sizeGiB ?? volume.sizeBytes / GIB, type, iops: provisioned })} />
    </Dialog>
  );
}
