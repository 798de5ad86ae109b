import Badge from "@cloudscape-design/components/badge";
import { useEffect, useState } from "react";
import type { LaunchTemplate, LaunchTemplateVersion } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { useAction } from "../resources/use-action.ts";
import { EditTemplate } from "./edit-template.tsx";
import { LaunchFromTemplate } from "./launch-from-template.tsx";
import { fieldsOfData } from "./template-data.ts";

type Row = LaunchTemplateVersion & { readonly id: string };

const COLUMNS: readonly ResourceColumn<Row>[] = [
  {
    id: "version",
    header: "Version",
    order: ({ version }) => version,
    cell: ({ version, isDefault }) => (
      <>
        {version} {isDefault && <Badge color="blue">default</Badge>}
      </>
    ),
    isRowHeader: true,
  },
  {
    id: "description",
    header: "Description",
    text: ({ description }) => description,
    cell: ({ description }) => description,
  },
  { id: "image", header: "Image", text: ({ data }) => data.image ?? "", cell: ({ data }) => data.image ?? "–" },
  { id: "type", header: "Type", text: ({ data }) => data.type ?? "", cell: ({ data }) => data.type ?? "–" },
  { id: "key", header: "Key pair", text: ({ data }) => data.keyName ?? "", cell: ({ data }) => data.keyName ?? "–" },
  { id: "more", header: "More", cell: ({ data }) => <code>{moreOf(data)}</code> },
  {
    id: "created",
    header: "Created",
    order: ({ createTime }) => createTime.getTime(),
    cell: ({ createTime }) => formatShortDateTime(createTime),
  },
];

type Open = "launch" | "version" | null;

/** The versions of a launch template, and what can be done with one. */
export function TemplateVersions({ template }: { template: LaunchTemplate }) {
  const { cloud } = usePortal();
  const run = useAction();
  const versions = useVersions(template.id);
  const [open, setOpen] = useState<Open>(null);
  const [version, setVersion] = useState<Row | null>(null);
  const close = () => setOpen(null);
  const act = (action: string, { version: number }: Row) => {
    const choice = { id: template.id, version: number };
    if (action === "default") run("Could not set the default", () => cloud.launchTemplates.setDefaultVersion(choice));
    if (action === "delete") run("Could not delete the version", () => cloud.launchTemplates.deleteVersion(choice));
  };
  return (
    <>
      <ResourceTable
        items={versions ?? []}
        loading={versions === null}
        columns={COLUMNS}
        noun={[`version of ${template.name}`, `versions of ${template.name}`]}
        selection="single"
        initialSorting={{ column: "version", descending: true }}
        filterPlaceholder="Find a version"
        nameOf={(row) => `version ${row.version}`}
        actions={([selected]) => {
          const whyNot = selected === undefined ? "Select a version first" : null;
          const isDefault = selected?.isDefault === true ? "It is the default version" : null;
          return (
            <ActionsMenu
              items={[
                { action: "launch", text: "Launch instances…", whyNot },
                { action: "version", text: "Create a version from it…", whyNot },
                { action: "default", text: "Set as default", whyNot: whyNot ?? isDefault },
                { action: "delete", text: "Delete version", whyNot: whyNot ?? isDefault },
              ]}
              onAction={(action) => {
                if (selected === undefined) return;
                setVersion(selected);
                if (action === "launch" || action === "version") setOpen(action);
                else act(action, selected);
              }}
            />
          );
        }}
      />
      {open === "launch" && version !== null && (
        <LaunchFromTemplate template={template} version={version} onClose={close} />
      )}
      {open === "version" && version !== null && <EditTemplate of={{ template, version }} onClose={close} />}
    </>
  );
}

/** Live; null until they are known. */
function useVersions(id: string): readonly Row[] | null {
  const { cloud, notifications } = usePortal();
  const [rows, setRows] = useState<readonly Row[] | null>(null);
  useEffect(() => {
    let gone = false;
    const look = () =>
      cloud.launchTemplates.versions({ id }).then(
        (list) => {
          if (!gone) setRows(list.map((one) => ({ ...one, id: String(one.version) })));
        },
        (thrown) => {
          // What is deleted meanwhile goes from the list above.
          if (!gone && cloud.launchTemplates.list().some((one) => one.id === id))
            notifications.showError("Could not load the versions", thrown);
        },
      );
    void look();
    const subscription = cloud.launchTemplates.onChange(() => void look());
    return () => {
      gone = true;
      subscription.dispose();
    };
  }, [cloud, notifications, id]);
  return rows;
}

function moreOf(data: LaunchTemplateVersion["data"]): string {
  const { userData, more } = fieldsOfData(data);
  const rest = more === "" ? [] : Object.keys(JSON.parse(more) as object);
  return [...(userData === "" ? [] : ["userData"]), ...rest].join(", ");
}
