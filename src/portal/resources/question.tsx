import Alert from "@cloudscape-design/components/alert";
import type { ApiCall } from "../command/script.ts";
import { Dialog } from "./dialog.tsx";

interface QuestionProps {
  readonly title: string;
  readonly submit: string;
  /** What it means, and whether it can be undone. */
  readonly consequence: string;
  readonly onSubmit: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly calls?: readonly ApiCall[];
}

/** Asks before what destroys something. */
export function Question({ consequence, ...dialog }: QuestionProps) {
  return (
    <Dialog {...dialog}>
      <Alert type="warning">{consequence}</Alert>
    </Dialog>
  );
}
