import Checkbox from "@cloudscape-design/components/checkbox";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";

interface EncryptedFieldProps {
  readonly label: string;
  readonly checked: boolean;
  /** What it is made from, e.g. "snapshot", when that is encrypted: then it is too. */
  readonly encryptedSource: string | null;
  /** Encrypting takes a copy of the content. */
  readonly copies?: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Whether a new volume is encrypted; says so where there is no choice. */
export function EncryptedField({ label, checked, encryptedSource, copies = false, onChange }: EncryptedFieldProps) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.encryption.onChange);
  const { encryptByDefault, state } = cloud.encryption;
  const forced = encryptedSource !== null || encryptByDefault;
  const why =
    encryptedSource !== null
      ? `The ${encryptedSource} is encrypted: what is made from it is too.`
      : encryptByDefault
        ? "Encryption by default is on."
        : `What it holds cannot be read in the browser's storage.${copies ? " Its content is copied for that." : ""}`;
  const locked =
    state.locked && (checked || forced) ? " Encryption is locked: unlock it on the Storage page first." : "";
  return (
    <Checkbox
      checked={checked || forced}
      disabled={forced}
      description={why + locked}
      onChange={({ detail }) => onChange(detail.checked)}
    >
      {label}
    </Checkbox>
  );
}
