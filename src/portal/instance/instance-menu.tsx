import Box from "@cloudscape-design/components/box";
import Modal from "@cloudscape-design/components/modal";
import { useState } from "react";
import type { Instance } from "../../api/types.ts";
import { callOf, instanceLabel } from "../actions/perform.ts";
import { INSTANCE_ACTIONS } from "../actions/rules.ts";
import { Commands } from "../command/show-commands.tsx";
import { CreateImage } from "../images/create-image.tsx";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { ManageTags } from "../tags/manage-tags.tsx";
import { InstanceSettings } from "./instance-settings.tsx";
import { ModifyInstance } from "./modify-instance.tsx";

type MenuAction = "modify" | "settings" | "image" | "tags" | "commands";

const TEXTS: Readonly<Record<MenuAction, string>> = {
  modify: "Modify…",
  settings: "Protection and settings…",
  image: "Create image…",
  tags: "Manage tags…",
  commands: "Show the commands…",
};

/** What can be done with one instance beside what its buttons do. */
export function InstanceMenu({ instances }: { instances: readonly Instance[] }) {
  const [asking, setAsking] = useState<{ action: MenuAction; instances: readonly Instance[] } | null>(null);
  const close = () => setAsking(null);
  const only = asking?.instances.length === 1 ? asking.instances[0] : undefined;
  return (
    <>
      <ActionsMenu
        items={(Object.keys(TEXTS) as MenuAction[]).map((action) => ({
          action,
          text: TEXTS[action],
          whyNot: whyNot(action, instances),
        }))}
        onAction={(action) => setAsking({ action, instances })}
      />
      {asking?.action === "modify" && only && <ModifyInstance instance={only} onClose={close} />}
      {asking?.action === "settings" && only && <InstanceSettings instance={only} onClose={close} />}
      {asking?.action === "image" && only && <CreateImage instance={only} onClose={close} />}
      {asking?.action === "tags" && only && (
        <ManageTags
          label={instanceLabel(only)}
          id={only.id}
          tags={only.tags}
          callOf={(tags) => ({ member: "instance.setTags", id: only.id, args: [tags] })}
          onSave={(tags) => only.setTags(tags)}
          onClose={close}
        />
      )}
      {asking?.action === "commands" && (
        <Modal visible header="The same from a shell or a script" onDismiss={close}>
          {INSTANCE_ACTIONS.map((action) => (
            <Box key={action} margin={{ bottom: "l" }}>
              <Commands calls={asking.instances.map((instance) => callOf(action, instance))} />
            </Box>
          ))}
        </Modal>
      )}
    </>
  );
}

function whyNot(action: MenuAction, instances: readonly Instance[]): string | null {
  const [instance, second] = instances;
  if (instance === undefined) return "Select an instance first";
  if (action === "commands") return null;
  if (second !== undefined) return "Select one instance";
  const { state } = instance;
  if (action === "settings" && (state === "terminated" || state === "shutting-down")) return `The instance is ${state}`;
  if (action === "modify" && state !== "stopped") return `The instance must be stopped; it is ${state}`;
  if (action === "image" && state !== "running" && state !== "stopped") {
    return `The instance must be running or stopped; it is ${state}`;
  }
  return null;
}
