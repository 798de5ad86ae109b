import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { LaunchTemplate } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { Question } from "../resources/question.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { ManageTags } from "../tags/manage-tags.tsx";
import { EditTemplate } from "./edit-template.tsx";
import { TemplateVersions } from "./template-versions.tsx";

const COLUMNS: readonly ResourceColumn<LaunchTemplate>[] = [
  { id: "name", header: "Name", text: ({ name }) => name, cell: ({ name }) => name, isRowHeader: true },
  { id: "id", header: "Launch template ID", text: ({ id }) => id, cell: ({ id }) => id },
  {
    id: "default",
    header: "Default version",
    order: ({ defaultVersion }) => defaultVersion,
    cell: ({ defaultVersion }) => defaultVersion,
  },
  {
    id: "latest",
    header: "Latest version",
    order: ({ latestVersion }) => latestVersion,
    cell: ({ latestVersion }) => latestVersion,
  },
  {
    id: "created",
    header: "Created",
    order: ({ createTime }) => createTime.getTime(),
    cell: ({ createTime }) => formatShortDateTime(createTime),
  },
];

type Open = "create" | "delete" | "tags" | null;

export default function LaunchTemplatesPage() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.launchTemplates.onChange);
  const templates = cloud.launchTemplates.list();
  const [open, setOpen] = useState<Open>(null);
  const [template, setTemplate] = useState<LaunchTemplate | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const shownTemplate = templates.find(({ id }) => id === shown);
  const close = () => setOpen(null);
  return (
    <Page
      title="Launch templates"
      description="What launches have in common, in numbered versions."
      actions={
        <Button variant="primary" onClick={() => setOpen("create")}>
          Create launch template
        </Button>
      }
    >
      <SpaceBetween size="l">
        <ResourceTable
          items={templates}
          columns={COLUMNS}
          noun={["launch template", "launch templates"]}
          selection="single"
          initialSorting={{ column: "created", descending: true }}
          filterPlaceholder="Find a launch template by its name, ID or tags"
          nameOf={({ name }) => name}
          actions={([selected]) => {
            const whyNot = selected === undefined ? "Select a launch template first" : null;
            return (
              <ActionsMenu
                items={[
                  { action: "versions", text: "Versions, and launch", whyNot },
                  { action: "tags", text: "Manage tags…", whyNot },
                  { action: "delete", text: "Delete…", whyNot },
                ]}
                onAction={(action) => {
                  if (selected === undefined) return;
                  if (action === "versions") return setShown(selected.id);
                  setTemplate(selected);
                  setOpen(action as Open);
                }}
              />
            );
          }}
          empty="There are no launch templates. One saves typing the same launch again."
        />
        {shownTemplate !== undefined && <TemplateVersions key={shownTemplate.id} template={shownTemplate} />}
      </SpaceBetween>
      {open === "create" && <EditTemplate onClose={close} />}
      {open === "tags" && template !== null && (
        <ManageTags
          label={template.name}
          id={template.id}
          tags={template.tags}
          callOf={(tags) => ({ member: "launchTemplates.setTags", args: [template.id, tags] })}
          onSave={(tags) => cloud.launchTemplates.setTags(template.id, tags)}
          onClose={close}
        />
      )}
      {open === "delete" && template !== null && (
        <Question
          title={`Delete ${template.name}?`}
          submit="Delete"
          consequence="All its versions go. Instances that were launched with it stay."
          onSubmit={() => cloud.launchTemplates.delete({ id: template.id })}
          onClose={close}
          calls={[
            {
              member: "launchTemplates.delete",
              args: [{ id: template.id }],
              ec2: [{ action: "DeleteLaunchTemplate", parameters: { LaunchTemplateId: template.id } }],
            },
          ]}
        />
      )}
    </Page>
  );
}
