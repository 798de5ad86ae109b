import Box from "@cloudscape-design/components/box";
import type { Instance } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { found } from "../resources/found.tsx";
import { authorizeCall } from "../security-groups/rule-calls.ts";
import { letsPageIn, ruleForPage, serviceOf } from "./missing-rule.ts";

/** Offers the inbound rule that keeps this page out of a TCP port, where it is a rule that does. */
export function AddRule({ instance, port }: { instance: Instance; port: number }) {
  const { networkInterfaces, securityGroups } = usePortal().cloud;
  useRerenderOn(securityGroups.onChange);
  const primary = networkInterfaces
    .list()
    .find(({ attachment }) => attachment?.instanceId === instance.id && attachment.deviceIndex === 0);
  const groups = primary?.groupIds.flatMap((id) => found(() => securityGroups.get(id)) ?? []) ?? [];
  const [group] = groups;
  if (group === undefined) return null;
  if (letsPageIn(groups, port)) return <Box>Its security groups let this page in now.</Box>;
  const rule = ruleForPage(port);
  return (
    <DialogButton
      text={`Add the rule “${serviceOf(port)} from My IP”`}
      dialog={(close) => (
        <Dialog
          title={`Let this page in to ${group.name}`}
          submit="Add rule"
          onSubmit={() => securityGroups.authorize(group.id, "ingress", [rule])}
          onClose={close}
          calls={[authorizeCall(group.id, "ingress", [rule])]}
        >
          <Box>
            No inbound rule of {groups.map(({ id, name }) => `${id} (${name})`).join(", ")} allows TCP port {port} from{" "}
            {rule.cidrBlock}, which is where this page comes from. The rule is added to {group.id} ({group.name}), and
            holds for all instances in it.
          </Box>
        </Dialog>
      )}
    />
  );
}
