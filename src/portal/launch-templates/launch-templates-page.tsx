import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { LaunchTemplate } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn, timeColumn } from "../resources/columns.tsx";
import { askedAction, tagsAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { EditTemplate } from "./edit-template.tsx";
import { TemplateVersions } from "./template-versions.tsx";

const NOUN = ["launch template", "launch templates"] as const;

const COLUMNS: readonly ResourceColumn<LaunchTemplate>[] = [
  textColumn("name", "Name", labelOf, { isRowHeader: true }),
  textColumn("id", "Launch template ID", ({ id }) => id),
  numberColumn("default", "Default version", ({ defaultVersion }) => defaultVersion),
  numberColumn("latest", "Latest version", ({ latestVersion }) => latestVersion),
  timeColumn("created", "Created", ({ createTime }) => createTime),
];

export default function LaunchTemplatesPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.launchTemplates.onChange);
  const templates = cloud.launchTemplates.list();
  const [shown, setShown] = useState<string | null>(null);
  const shownTemplate = templates.find(({ id }) => id === shown);
  const actions: readonly ResourceAction<LaunchTemplate>[] = [
    { text: "Versions, and launch", act: ([{ id }]) => setShown(id) },
    tagsAction({ labelOf, member: "launchTemplates", setTags: (id, tags) => cloud.launchTemplates.setTags(id, tags) }),
    askedAction({
      verb: "Delete",
      noun: NOUN,
      labelOf,
      consequence: "All its versions go. Instances that were launched with it stay.",
      act: ({ id }) => cloud.launchTemplates.delete({ id }),
      callOf: ({ id }) => ({
        member: "launchTemplates.delete",
        args: [{ id }],
        ec2: [{ action: "DeleteLaunchTemplate", parameters: { LaunchTemplateId: id } }],
      }),
    }),
  ];
  return (
    <Page
      title="Launch templates"
      description="What launches have in common, in numbered versions."
      actions={
        <DialogButton primary text="Create launch template" dialog={(close) => <EditTemplate onClose={close} />} />
      }
    >
      <SpaceBetween size="l">
        <ResourceTable
          items={templates}
          columns={COLUMNS}
          noun={NOUN}
          selection="single"
          initialSorting={{ column: "created", descending: true }}
          filterPlaceholder="Find a launch template by its name, ID or tags"
          nameOf={labelOf}
          actions={(selected) => <ResourceActions noun={NOUN} items={selected} actions={actions} />}
          empty="There are no launch templates. One saves typing the same launch again."
        />
        {shownTemplate !== undefined && <TemplateVersions key={shownTemplate.id} template={shownTemplate} />}
      </SpaceBetween>
    </Page>
  );
}

function labelOf({ name }: LaunchTemplate): string {
  return name;
}
