import Button from "@cloudscape-design/components/button";
import type { Instance } from "../../api/types.ts";
import { whyNot } from "../resources/resource-actions.tsx";
import { formatRoute, type Route } from "../routing/route.ts";

/** Where the ways into an instance are. */
export const connectRoute = ({ id }: Instance): Route => ({ page: "instances", id, tab: "connect" });

export const whyNotConnect = ({ state }: Instance): string | null =>
  state === "running" || state === "pending" ? null : `The instance must be running; it is ${state}`;

/** Goes to the ways into the one instance that is selected. */
export function ConnectButton({ instances }: { instances: readonly Instance[] }) {
  const [instance] = instances;
  const reason = whyNot({ text: "Connect", whyNot: whyNotConnect }, instances, ["instance", "instances"]);
  return (
    <Button
      disabled={reason !== null}
      {...(reason !== null && { disabledReason: reason })}
      {...(instance !== undefined && reason === null && { href: formatRoute(connectRoute(instance)) })}
    >
      Connect
    </Button>
  );
}
