import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { FileField, TextAreaField, TextField } from "../resources/fields.tsx";
import { useAction } from "../resources/use-action.ts";

/** Takes the public key of a pair that was made elsewhere. */
export function ImportKeyPair({ onClose }: { onClose: () => void }) {
  const { cloud } = usePortal();
  const run = useAction();
  const [name, setName] = useState("");
  const [publicKey, setPublicKey] = useState("");
  const request = { name: name.trim(), publicKey };
  const read = (file: File | undefined) => {
    if (file !== undefined) run(`Could not read ${file.name}`, async () => setPublicKey(await file.text()));
  };
  return (
    <Dialog
      title="Import a key pair"
      submit="Import key pair"
      disabled={request.name === "" || publicKey.trim() === ""}
      onSubmit={() => cloud.keyPairs.import(request)}
      onClose={onClose}
      calls={[
        {
          member: "keyPairs.import",
          args: [request],
          ec2: [
            {
              action: "ImportKeyPair",
              parameters: { KeyName: request.name, PublicKeyMaterial: `fileb://${request.name}.pub` },
            },
          ],
        },
      ]}
    >
      <TextField label="Name" value={name} autoFocus onChange={setName} />
      <TextAreaField
        label="Public key"
        description="RSA or ED25519, as OpenSSH has it (the file .pub), as RFC 4716 has it, or its DER in base64."
        value={publicKey}
        rows={6}
        onChange={setPublicKey}
      />
      <FileField files={[]} onChange={read} />
    </Dialog>
  );
}
