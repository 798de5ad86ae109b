import Box from "@cloudscape-design/components/box";
import { Dialog } from "../resources/dialog.tsx";
import type { HostKey } from "../ssh/host-key.ts";

interface HostKeyQuestionProps {
  readonly host: string;
  readonly hostKey: HostKey;
  readonly onAnswer: (accepted: boolean) => void;
}

/** Whether what answers is the instance: asked at the first connection. */
export function HostKeyQuestion({ host, hostKey, onAnswer }: HostKeyQuestionProps) {
  return (
    <Dialog
      title="Is this the instance?"
      submit="Trust and connect"
      onSubmit={async () => onAnswer(true)}
      onClose={() => onAnswer(false)}
    >
      <Box>
        This page has not been connected with {host} by SSH before. What answers there shows this {hostKey.type} key:
      </Box>
      <Box variant="code">{hostKey.fingerprint}</Box>
      <Box color="text-body-secondary">
        To be sure, compare it on the serial console, with what <code>ssh-keygen -l -f</code> says of the file in{" "}
        <code>/etc/ssh</code>, or <code>dropbearkey -y -f</code> of the one in <code>/etc/dropbear</code>. It is
        remembered in this browser; should it ever be another one, you will not be connected.
      </Box>
    </Dialog>
  );
}
