import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { usePortal } from "../live/portal-context.ts";
import { useAction } from "../resources/use-action.ts";

interface NewKeyProps {
  readonly made: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What has been made, as a sentence's beginning: "The access key". */
  readonly what: string;
  readonly onSignedIn: () => void;
}

/** A new access key, the only time that its secret is to be seen. */
export function NewKey({ made, what, onSignedIn }: NewKeyProps) {
  const { access } = usePortal().cloud;
  const run = useAction();
  return (
    <Alert
      type="success"
      header={`${what} has been made`}
      action={
        <Button formAction="none" onClick={() => run("Could not sign in", () => access.signIn(made).then(onSignedIn))}>
          Sign in with it
        </Button>
      }
    >
      <Box variant="p">This is the only time that the secret is shown: keep it now.</Box>
      <KeyValuePairs
        items={[
          { label: "Access key ID", value: <Copied text={made.accessKeyId} what="access key ID" /> },
          { label: "Secret access key", value: <Copied text={made.secretAccessKey} what="secret access key" /> },
        ]}
      />
    </Alert>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`Copy the ${what}`}
      copySuccessText="Copied"
      copyErrorText="Could not be copied"
    />
  );
}
