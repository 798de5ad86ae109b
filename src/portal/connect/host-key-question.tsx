import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { useState } from "react";
import { Dialog } from "../resources/dialog.tsx";
import type { HostKey } from "../ssh/host-key.ts";
import type { HostQuestion } from "./known-hosts.ts";

interface HostKeyQuestionProps {
  readonly host: string;
  readonly question: HostQuestion;
  readonly onAnswer: (accepted: boolean) => void;
}

/** Whether what answers is the instance: asked at the first connection, and whenever its key is another one. */
export function HostKeyQuestion({ host, question: { shown, known }, onAnswer }: HostKeyQuestionProps) {
  return known === null ? (
    <NewHost host={host} shown={shown} onAnswer={onAnswer} />
  ) : (
    <ChangedHost host={host} known={known} shown={shown} onAnswer={onAnswer} />
  );
}

interface AnswerProps {
  readonly host: string;
  readonly shown: HostKey;
  readonly onAnswer: (accepted: boolean) => void;
}

function NewHost({ host, shown, onAnswer }: AnswerProps) {
  return (
    <Dialog
      title="Is this the instance?"
      submit="Trust and connect"
      onSubmit={async () => onAnswer(true)}
      onClose={() => onAnswer(false)}
    >
      <Box>
        This page has not been connected with {host} by SSH before. What answers there shows this {shown.type} key:
      </Box>
      <Box variant="code">{shown.fingerprint}</Box>
      <Box color="text-body-secondary">
        To be sure, {HOW_TO_COMPARE}. It is remembered in this browser; should it ever be another one, you are warned.
      </Box>
    </Dialog>
  );
}

const HOW_TO_COMPARE = (
  <>
    compare it on the serial console, with what <code>ssh-keygen -l -f</code> says of the file in <code>/etc/ssh</code>,
    or <code>dropbearkey -y -f</code> of the one in <code>/etc/dropbear</code>
  </>
);

/** As OpenSSH's warning: who does nothing is not connected, and nothing has been sent yet. */
function ChangedHost({ host, known, shown, onAnswer }: AnswerProps & { readonly known: HostKey }) {
  const [compared, setCompared] = useState(false);
  return (
    <Dialog
      title="The host key has changed"
      submit="Replace the known key and connect"
      cancel="Do not connect"
      disabled={!compared}
      onSubmit={async () => onAnswer(true)}
      onClose={() => onAnswer(false)}
    >
      <Alert type="warning" header={`${host} shows another key than before`}>
        Somebody may be in between and listen to all that you send. Or the instance has a new system, or new keys.
        Nothing has been sent to it so far.
      </Alert>
      <KeyValuePairs
        items={[
          { label: `Known from before (${known.type})`, value: <Box variant="code">{known.fingerprint}</Box> },
          { label: `Shown now (${shown.type})`, value: <Box variant="code">{shown.fingerprint}</Box> },
        ]}
      />
      <Box color="text-body-secondary">Before you trust the new one, {HOW_TO_COMPARE}.</Box>
      <Checkbox checked={compared} onChange={({ detail }) => setCompared(detail.checked)}>
        The new key is the instance’s: I have compared it, or know why it has changed
      </Checkbox>
    </Dialog>
  );
}
