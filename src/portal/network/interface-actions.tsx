import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import type { NetworkInterface } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { TextField } from "../resources/fields.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import { AttachInterface } from "./attach-interface.tsx";
import { ChangeGroups } from "./change-groups.tsx";
import { labelOf } from "./names.ts";

export const NOUN = ["network interface", "network interfaces"] as const;

const mustBeOwn = ({ interfaceType }: NetworkInterface) =>
  interfaceType === "interface" ? null : "It is a NAT gateway's own";

/** What can be done with a network interface (F58). */
export const actionsOf = ({ networkInterfaces }: Cloud): readonly ResourceAction<NetworkInterface>[] => [
  {
    text: "Attach…",
    whyNot: (one) =>
      mustBeOwn(one) ?? (one.attachment === null ? null : `It is attached to ${one.attachment.instanceId}`),
    dialog: ([one], close) => <AttachInterface one={one} onClose={close} />,
  },
  {
    text: "Detach…",
    whyNot: ({ attachment }) => {
      if (attachment === null) return "It is attached to nothing";
      return attachment.deviceIndex === 0 ? "An instance's primary interface cannot be detached" : null;
    },
    dialog: ([one], close) => <DetachInterface one={one} onClose={close} />,
  },
  {
    text: "Change security groups…",
    whyNot: mustBeOwn,
    dialog: ([one], close) => <ChangeGroups networkInterface={one} onClose={close} />,
  },
  {
    text: "Change source and destination check…",
    whyNot: mustBeOwn,
    dialog: ([one], close) => <ChangeCheck one={one} onClose={close} />,
  },
  {
    text: "Change description…",
    whyNot: mustBeOwn,
    dialog: ([one], close) => <ChangeDescription one={one} onClose={close} />,
  },
  tagsAction<NetworkInterface>({
    labelOf,
    member: "networkInterfaces",
    setTags: (id, tags) => networkInterfaces.setTags(id, tags),
  }),
  askedAction<NetworkInterface>({
    verb: "Delete",
    noun: NOUN,
    labelOf,
    whyNot: (one) =>
      mustBeOwn(one) ?? (one.attachment === null ? null : `It is attached to ${one.attachment.instanceId}`),
    consequence: "It cannot be undone. Its private address is free again; Elastic IP addresses stay yours.",
    act: ({ id }) => networkInterfaces.delete(id),
    callOf: ({ id }) => ({ member: "networkInterfaces.delete", args: [id] }),
  }),
];

interface OneProps {
  readonly one: NetworkInterface;
  readonly onClose: () => void;
}

function DetachInterface({ one, onClose }: OneProps) {
  const { networkInterfaces } = usePortal().cloud;
  const [force, setForce] = useState(false);
  const attachmentId = one.attachment?.id ?? "";
  const options = force ? { force } : undefined;
  return (
    <Dialog
      title={`Detach ${labelOf(one)}?`}
      submit="Detach"
      onSubmit={() => networkInterfaces.detach(attachmentId, options)}
      onClose={onClose}
      calls={[{ member: "networkInterfaces.detach", args: [attachmentId, options] }]}
    >
      The guest of {one.attachment?.instanceId} loses eth{one.attachment?.deviceIndex} with its connections. The
      interface keeps its addresses and security groups.
      <Checkbox
        checked={force}
        description="As if it were pulled out: for a guest that does not answer."
        onChange={({ detail }) => setForce(detail.checked)}
      >
        Force
      </Checkbox>
    </Dialog>
  );
}

function ChangeCheck({ one, onClose }: OneProps) {
  const { networkInterfaces } = usePortal().cloud;
  const [sourceDestCheck, setCheck] = useState(one.sourceDestCheck);
  const request = { sourceDestCheck };
  return (
    <Dialog
      title={`Source and destination check of ${labelOf(one)}`}
      submit="Save"
      disabled={sourceDestCheck === one.sourceDestCheck}
      onSubmit={() => networkInterfaces.modify(one.id, request)}
      onClose={onClose}
      calls={[{ member: "networkInterfaces.modify", args: [one.id, request] }]}
    >
      <Checkbox
        checked={sourceDestCheck}
        description="Packets that are neither from it nor for it are dropped. Off for an instance that passes on what others send, such as a router."
        onChange={({ detail }) => setCheck(detail.checked)}
      >
        Check source and destination
      </Checkbox>
    </Dialog>
  );
}

function ChangeDescription({ one, onClose }: OneProps) {
  const { networkInterfaces } = usePortal().cloud;
  const [description, setDescription] = useState(one.description);
  const request = { description };
  return (
    <Dialog
      title={`Description of ${labelOf(one)}`}
      submit="Save"
      disabled={description === one.description}
      onSubmit={() => networkInterfaces.modify(one.id, request)}
      onClose={onClose}
      calls={[{ member: "networkInterfaces.modify", args: [one.id, request] }]}
    >
      <TextField
        label="Description"
        constraint="At most 255 characters."
        spellcheck
        value={description}
        onChange={setDescription}
      />
    </Dialog>
  );
}
