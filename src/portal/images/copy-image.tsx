import { useState } from "react";
import type { Image } from "../../api/types.ts";
import { EncryptedField } from "../encryption/encrypted-field.tsx";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { ImageNameField } from "./name-field.tsx";
import { RegionField } from "./region-field.tsx";

/** Copies an image, into another region or beside it (F35). */
export function CopyImage({ image, onClose }: { image: Image; onClose: () => void }) {
  const { cloud } = usePortal();
  const [name, setName] = useState(image.kind === "own" ? image.name : `${image.name} (copy)`);
  const [region, setRegion] = useState("us-east-1");
  const [encrypted, setEncrypted] = useState(false);
  const isEncrypted = image.blockDevices.some((device) => device.encrypted);
  const request = { image: image.id, name: name.trim(), region, ...(encrypted && { encrypted }) };
  return (
    <Dialog
      title={`Copy ${image.name}`}
      submit="Copy"
      disabled={name.trim() === ""}
      onSubmit={() => cloud.images.copy(request)}
      calls={[{ member: "images.copy", args: [request] }]}
      onClose={onClose}
    >
      <ImageNameField name={name} onChange={setName} />
      <RegionField region={region} onChange={setRegion} />
      <EncryptedField
        label="Encrypt the copy"
        checked={encrypted}
        encryptedSource={isEncrypted ? "image" : null}
        onChange={setEncrypted}
      />
    </Dialog>
  );
}
