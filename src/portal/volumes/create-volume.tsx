import { useState } from "react";
import type { CreateVolumeRequest } from "../../api/volume-types.ts";
import { Price } from "../billing/price.tsx";
import { priceRequest } from "../billing/price-request.ts";
import { EncryptedField } from "../encryption/encrypted-field.tsx";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { NumberField, TextField } from "../resources/fields.tsx";
import { optionalNumber, VOLUME_TYPE_OPTIONS, type VolumeTypeOption } from "./volume-fields.ts";
import { VolumeTypeFields } from "./volume-type-fields.tsx";

const GIB = 2 ** 30;

interface CreateVolumeProps {
  /** What it holds at first; else it is blank. */
  readonly from?: {
    readonly kind: "snapshot" | "image";
    readonly id: string;
    readonly sizeBytes: number;
    readonly encrypted: boolean;
  };
  readonly onClose: () => void;
}

/** Makes a volume. */
export function CreateVolume({ from, onClose }: CreateVolumeProps) {
  const { cloud } = usePortal();
  const [name, setName] = useState("");
  const [size, setSize] = useState(from === undefined ? "1" : "");
  const [type, setType] = useState<VolumeTypeOption>(VOLUME_TYPE_OPTIONS[0]);
  const [iops, setIops] = useState("");
  const [encrypted, setEncrypted] = useState(false);

  const sizeGiB = optionalNumber(size);
  const provisioned = optionalNumber(iops);
  const request: CreateVolumeRequest = {
    type: type.value,
    ...(from?.kind === "snapshot" && { snapshotId: from.id }),
    ...(from?.kind === "image" && { image: from.id }),
    ...(sizeGiB !== undefined && { sizeGiB }),
    ...(provisioned !== undefined && { iops: provisioned }),
    ...(encrypted && { encrypted }),
    ...(name.trim() !== "" && { name: name.trim() }),
  };

  const least =
    from === undefined ? "Whole GiB." : `Whole GiB; empty: the ${from.kind}'s ${formatBytes(from.sizeBytes)}.`;
  return (
    <Dialog
      title={from === undefined ? "Create a volume" : `Create a volume from ${from.id}`}
      submit="Create volume"
      onSubmit={() => cloud.volumes.create(request)}
      calls={[{ member: "volumes.create", args: [request] }]}
      onClose={onClose}
    >
      <TextField label="Name" description="To tell it from others; may be empty." value={name} onChange={setName} />
      <NumberField
        label="Size (GiB)"
        description={`${least} Takes no space before something is written.`}
        value={size}
        onChange={setSize}
      />
      <VolumeTypeFields type={type} iops={iops} onTypeChange={setType} onIopsChange={setIops} />
      <Price of={priceRequest({ sizeGiB: sizeGiB ?? (from && from.sizeBytes / GIB), type, iops: provisioned })} />
      <EncryptedField
        label="Encrypted"
        checked={encrypted}
        encryptedSource={from?.encrypted ? from.kind : null}
        copies={from?.kind === "snapshot"}
        onChange={setEncrypted}
      />
    </Dialog>
  );
}
