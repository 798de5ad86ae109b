import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import type { CreateKeyPairRequest } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { Dialog } from "../resources/dialog.tsx";
import { downloadText } from "../resources/download.ts";
import { TextField } from "../resources/fields.tsx";

type KeyType = NonNullable<CreateKeyPairRequest["type"]>;
type Format = NonNullable<CreateKeyPairRequest["format"]>;

/** Makes a key pair and hands its private key over as a file, the only time that it is there. */
export function CreateKeyPair({ onClose, onCreated }: { onClose: () => void; onCreated?: (name: string) => void }) {
  const { cloud } = usePortal();
  const [name, setName] = useState("");
  const [type, setType] = useState<KeyType>("rsa");
  const [format, setFormat] = useState<Format>("pem");
  const request: CreateKeyPairRequest = { name: name.trim(), type, format };
  const create = async () => {
    const { privateKey } = await cloud.keyPairs.create(request);
    downloadText(`${request.name}.${format}`, privateKey);
    onCreated?.(request.name);
  };
  return (
    <Dialog
      title="Create a key pair"
      submit="Create key pair"
      disabled={request.name === ""}
      onSubmit={create}
      onClose={onClose}
      calls={[
        {
          member: "keyPairs.create",
          args: [request],
          ec2: [{ action: "CreateKeyPair", parameters: { KeyName: request.name, KeyType: type, KeyFormat: format } }],
        },
      ]}
    >
      <TextField label="Name" value={name} autoFocus onChange={setName} />
      <FormField label="Type">
        <RadioGroup
          value={type}
          items={[
            { value: "rsa", label: "RSA", description: "2048 bits; every SSH client knows it." },
            { value: "ed25519", label: "ED25519", description: "Shorter and faster." },
          ]}
          onChange={({ detail }) => setType(detail.value as KeyType)}
        />
      </FormField>
      <FormField label="File of the private key">
        <RadioGroup
          value={format}
          items={[
            { value: "pem", label: ".pem", description: "For OpenSSH." },
            { value: "ppk", label: ".ppk", description: "For PuTTY." },
          ]}
          onChange={({ detail }) => setFormat(detail.value as Format)}
        />
      </FormField>
      <Alert type="info">
        The private key is downloaded once and kept nowhere here: store it well. Who has it may log in.
      </Alert>
    </Dialog>
  );
}
