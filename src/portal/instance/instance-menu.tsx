import Box from "@cloudscape-design/components/box";
import Modal from "@cloudscape-design/components/modal";
import type { Instance } from "../../api/types.ts";
import { callOf } from "../actions/perform.ts";
import { INSTANCE_ACTIONS } from "../actions/rules.ts";
import { Commands } from "../command/show-commands.tsx";
import { connectRoute, whyNotConnect } from "../connect/connect-button.tsx";
import { CreateImage } from "../images/create-image.tsx";
import { labelOf } from "../resources/label.ts";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { navigate } from "../routing/route.ts";
import { ManageTags } from "../tags/manage-tags.tsx";
import { InstanceSettings } from "./instance-settings.tsx";
import { ModifyInstance } from "./modify-instance.tsx";

const ACTIONS: readonly ResourceAction<Instance>[] = [
  {
    text: "Connect",
    whyNot: whyNotConnect,
    act: ([instance]) => navigate(connectRoute(instance)),
  },
  {
    text: "Modify…",
    whyNot: ({ state }) => (state === "stopped" ? null : `The instance must be stopped; it is ${state}`),
    dialog: ([instance], close) => <ModifyInstance instance={instance} onClose={close} />,
  },
  {
    text: "Protection and settings…",
    whyNot: ({ state }) => (state === "terminated" || state === "shutting-down" ? `The instance is ${state}` : null),
    dialog: ([instance], close) => <InstanceSettings instance={instance} onClose={close} />,
  },
  {
    text: "Create image…",
    whyNot: ({ state }) =>
      state === "running" || state === "stopped" ? null : `The instance must be running or stopped; it is ${state}`,
    dialog: ([instance], close) => <CreateImage instance={instance} onClose={close} />,
  },
  {
    text: "Manage tags…",
    dialog: ([instance], close) => (
      <ManageTags
        label={labelOf(instance)}
        id={instance.id}
        tags={instance.tags}
        callOf={(tags) => ({ member: "instance.setTags", id: instance.id, args: [tags] })}
        onSave={(tags) => instance.setTags(tags)}
        onClose={close}
      />
    ),
  },
  {
    text: "Show the commands…",
    several: true,
    dialog: (instances, close) => (
      <Modal visible header="The same from a shell or a script" onDismiss={close}>
        {INSTANCE_ACTIONS.map((action) => (
          <Box key={action} margin={{ bottom: "l" }}>
            <Commands calls={instances.map((instance) => callOf(action, instance))} />
          </Box>
        ))}
      </Modal>
    ),
  },
];

/** What can be done with one instance beside what its buttons do. */
export function InstanceMenu({ instances }: { instances: readonly Instance[] }) {
  return <ResourceActions noun={["instance", "instances"]} items={instances} actions={ACTIONS} />;
}
