import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { toCloudError } from "../../base/errors.ts";
import { FileField, TextAreaField } from "../resources/fields.tsx";
import type { PrivateKey } from "../ssh/private-key.ts";

interface KeyInputProps {
  /** The instance's key pair; null without. */
  readonly keyName: string | null;
  readonly value: PrivateKey | null;
  readonly onChange: (key: PrivateKey | null) => void;
}

/** A private key, from a file or pasted. Once it is read its text is gone from the page. */
export function KeyInput({ keyName, value, onChange }: KeyInputProps) {
  const [text, setText] = useState("");
  const [error, setError] = useState<string | null>(null);
  const read = async (typed: string) => {
    setText(typed);
    setError(null);
    if (typed.trim() === "") return;
    try {
      const { readPrivateKey } = await import("../ssh/private-key.ts");
      onChange(await readPrivateKey(typed));
      setText("");
    } catch (thrown) {
      setError(toCloudError(thrown).message);
    }
  };
  const readFile = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      const { MAX_KEY_FILE_BYTES } = await import("../ssh/private-key.ts");
      if (file.size > MAX_KEY_FILE_BYTES) setError(`${file.name} is too large for a private key.`);
      else await read(await file.text());
    } catch (thrown) {
      setError(toCloudError(thrown).message);
    }
  };
  if (value !== null) {
    return (
      <FormField label="Private key">
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          <StatusIndicator>
            {value.type} {value.fingerprint}
          </StatusIndicator>
          <Button onClick={() => onChange(null)}>Use another key</Button>
        </SpaceBetween>
      </FormField>
    );
  }
  return (
    <SpaceBetween size="xs">
      <TextAreaField
        label="Private key"
        description={
          keyName === null
            ? "The instance was launched without a key pair: it lets in whoever its own files name."
            : `The file that you had when you made the key pair ${keyName}.`
        }
        constraint="RSA, ECDSA or ED25519 without a passphrase: PEM (PKCS#1, PKCS#8) or OpenSSH’s format. Choose the file, or paste what is in it."
        error={error}
        value={text}
        rows={4}
        onChange={(typed) => void read(typed)}
      />
      <FileField files={[]} onChange={(file) => void readFile(file)} />
      <Box color="text-body-secondary" fontSize="body-s">
        The key stays in this page’s memory: it is neither stored nor sent anywhere, and is forgotten when you leave the
        page.
      </Box>
    </SpaceBetween>
  );
}
