import type { Cloud, SecurityGroup } from "../../api/types.ts";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import type { ResourceAction } from "../resources/resource-actions.tsx";
import { EditRules } from "./edit-rules.tsx";
import { labelOf } from "./label.ts";

export const NOUN = ["security group", "security groups"] as const;

/** What can be done with a security group. */
export const actionsOf = ({ securityGroups }: Cloud): readonly ResourceAction<SecurityGroup>[] => [
  {
    text: "Edit inbound rules…",
    dialog: ([group], close) => <EditRules group={group} direction="ingress" onClose={close} />,
  },
  {
    text: "Edit outbound rules…",
    dialog: ([group], close) => <EditRules group={group} direction="egress" onClose={close} />,
  },
  tagsAction<SecurityGroup>({
    labelOf,
    member: "securityGroups",
    setTags: (id, tags) => securityGroups.setTags(id, tags),
  }),
  askedAction<SecurityGroup>({
    verb: "Delete",
    noun: NOUN,
    labelOf,
    whyNot: ({ name }) => (name === "default" ? "The default group of a VPC stays" : null),
    consequence: "It cannot be undone. No interface may be in it, and no other group's rule may name it.",
    act: ({ id }) => securityGroups.delete(id),
    callOf: ({ id }) => ({ member: "securityGroups.delete", args: [id] }),
  }),
];
