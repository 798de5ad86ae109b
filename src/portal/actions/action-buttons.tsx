import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Instance } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { labelOf } from "../resources/label.ts";
import { Confirmation } from "./confirmation.tsx";
import { performOnAll } from "./perform.ts";
import { INSTANCE_ACTIONS, type InstanceAction, needsConfirmation, whyDisabled } from "./rules.ts";

const TITLES: Readonly<Record<InstanceAction, string>> = {
  start: "Start",
  stop: "Stop",
  reboot: "Reboot",
  terminate: "Terminate",
};

/** Start, Stop, Reboot, Terminate for a selection: enabled by state, asking before what interrupts or destroys. */
export function ActionButtons({ instances }: { instances: readonly Instance[] }) {
  const { notifications } = usePortal();
  const [asking, setAsking] = useState<{ action: InstanceAction; instances: readonly Instance[] } | null>(null);

  const perform = (action: InstanceAction, targets: readonly Instance[]) => {
    void performOnAll(action, targets, (failure) =>
      notifications.showError(`Could not ${failure.action} ${labelOf(failure.instance)}`, failure.error),
    );
  };

  return (
    <SpaceBetween direction="horizontal" size="xs">
      {INSTANCE_ACTIONS.map((action) => {
        const reason = whyDisabled(action, instances);
        return (
          <Button
            key={action}
            disabled={reason !== null}
            {...(reason !== null && { disabledReason: reason })}
            onClick={() => {
              // The selection may change under an open question; what is asked about does not.
              if (needsConfirmation(action)) setAsking({ action, instances: [...instances] });
              else perform(action, instances);
            }}
          >
            {titleOf(action, instances)}
          </Button>
        );
      })}
      {asking && (
        <Confirmation
          action={asking.action}
          title={titleOf(asking.action, asking.instances)}
          instances={asking.instances}
          onClose={() => setAsking(null)}
          onConfirm={() => perform(asking.action, asking.instances)}
        />
      )}
    </SpaceBetween>
  );
}

function titleOf(action: InstanceAction, instances: readonly Instance[]): string {
  const forced = action === "stop" && instances.length > 0 && instances.every(({ state }) => state === "stopping");
  return forced ? "Force stop" : TITLES[action];
}
