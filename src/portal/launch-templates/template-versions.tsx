import Badge from "@cloudscape-design/components/badge";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { LaunchTemplate, LaunchTemplateVersion } from "../../api/types.ts";
import { DeniedAlert } from "../access/denied-alert.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { numberColumn, textColumn, timeColumn } from "../resources/columns.tsx";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { useAction } from "../resources/use-action.ts";
import { EditTemplate } from "./edit-template.tsx";
import { LaunchFromTemplate } from "./launch-from-template.tsx";
import { fieldsOfData } from "./template-data.ts";

type Row = LaunchTemplateVersion & { readonly id: string };

const COLUMNS: readonly ResourceColumn<Row>[] = [
  numberColumn("version", "Version", ({ version }) => version, {
    cell: ({ version, isDefault }) => (
      <>
        {version} {isDefault && <Badge color="blue">default</Badge>}
      </>
    ),
    isRowHeader: true,
  }),
  textColumn("description", "Description", ({ description }) => description),
  textColumn("image", "Image", ({ data }) => data.image ?? ""),
  textColumn("type", "Type", ({ data }) => data.type ?? ""),
  textColumn("key", "Key pair", ({ data }) => data.keyName ?? ""),
  { id: "more", header: "More", cell: ({ data }) => <code>{moreOf(data)}</code> },
  timeColumn("created", "Created", ({ createTime }) => createTime),
];

/** The versions of a launch template, and what can be done with one. */
export function TemplateVersions({ template }: { template: LaunchTemplate }) {
  const { cloud } = usePortal();
  const { launchTemplates } = cloud;
  const run = useAction();
  const { id, name } = template;
  const versions = useLoaded(() => launchTemplates.versions({ id }), [launchTemplates.onChange], [id]);
  const mustNotBeDefault = ({ isDefault }: Row) => (isDefault ? "It is the default version" : null);
  const actions: readonly ResourceAction<Row>[] = [
    {
      text: "Launch instances…",
      dialog: ([version], close) => <LaunchFromTemplate template={template} version={version} onClose={close} />,
    },
    {
      text: "Create a version from it…",
      dialog: ([version], close) => <EditTemplate of={{ template, version }} onClose={close} />,
    },
    {
      text: "Set as default",
      whyNot: mustNotBeDefault,
      act: ([{ version }]) =>
        run("Could not set the default", () => launchTemplates.setDefaultVersion({ id, version })),
    },
    {
      text: "Delete version",
      whyNot: mustNotBeDefault,
      act: ([{ version }]) => run("Could not delete the version", () => launchTemplates.deleteVersion({ id, version })),
    },
  ];
  return (
    <SpaceBetween size="l">
      {versions.error !== null && <DeniedAlert error={versions.error} />}
      <ResourceTable
        items={(versions.value ?? []).map((one): Row => ({ ...one, id: String(one.version) }))}
        loading={versions.loading}
        columns={COLUMNS}
        noun={[`version of ${name}`, `versions of ${name}`]}
        selection="single"
        initialSorting={{ column: "version", descending: true }}
        filterPlaceholder="Find a version"
        nameOf={(row) => `version ${row.version}`}
        actions={(selected) => <ResourceActions noun={["version", "versions"]} items={selected} actions={actions} />}
      />
    </SpaceBetween>
  );
}

function moreOf(data: LaunchTemplateVersion["data"]): string {
  const { userData, more } = fieldsOfData(data);
  const rest = more === "" ? [] : Object.keys(JSON.parse(more) as object);
  return [...(userData === "" ? [] : ["userData"]), ...rest].join(", ");
}
