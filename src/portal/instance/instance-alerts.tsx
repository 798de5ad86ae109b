import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { Instance } from "../../api/types.ts";
import { performOnAll } from "../actions/perform.ts";
import { usePortal } from "../live/portal-context.ts";
import { labelOf } from "../resources/label.ts";
import { formatRoute } from "../routing/route.ts";
import { explainState } from "./explain.ts";

/** What is the matter with an instance, and what to do: impaired, stopped by itself, stopped, terminated. */
export function InstanceAlerts({ instance }: { instance: Instance }) {
  const { notifications } = usePortal();
  const explanation = explainState(instance);
  if (explanation === null) return null;
  const start = () =>
    void performOnAll("start", [instance], ({ error }) =>
      notifications.showError(`Could not start ${labelOf(instance)}`, error),
    );
  const action = {
    start: <Button onClick={start}>Start the instance</Button>,
    launch: <Button href={formatRoute({ page: "launch" })}>Launch another</Button>,
    none: undefined,
  }[explanation.offer];
  return (
    <Alert type={explanation.kind} header={explanation.header} action={action}>
      {explanation.text}
    </Alert>
  );
}
