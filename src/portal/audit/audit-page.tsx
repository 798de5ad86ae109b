import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { AuditEntry, AuditFilter } from "../../api/types.ts";
import { DeniedAlert } from "../access/denied-alert.tsx";
import { formatDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { SelectField, TextField } from "../resources/fields.tsx";
import { saveFile } from "../resources/save-file.ts";
import { typed } from "../resources/typed.ts";
import { useAbortOnClose } from "../resources/use-abort-on-close.ts";
import { useAction } from "../resources/use-action.ts";
import { Page } from "../shell/page.tsx";

/** What the table shows; the export has all. */
const SHOWN = 200;

const RESULTS = [
  { value: "", label: "All" },
  { value: "ok", label: "Done" },
  { value: "failed", label: "Failed or denied" },
  { value: "UnauthorizedOperation", label: "Denied" },
];

const NO_FILTER = { user: "", action: "", resource: "", result: "" };

export default function AuditPage() {
  const { cloud } = usePortal();
  const { access } = cloud;
  const [fields, setFields] = useState(NO_FILTER);
  const filter: AuditFilter = typed(fields);
  const entries = useLoaded(
    () => access.lookupEvents({ ...filter, limit: SHOWN }),
    [access.onChange],
    [JSON.stringify(filter)],
  );
  const closed = useAbortOnClose();
  const run = useAction();
  const exportAll = () => saveFile("audit.jsonl", () => access.exportEvents(filter), closed.current.signal);
  const text = (name: "user" | "action" | "resource", label: string, placeholder: string) => (
    <TextField
      label={label}
      value={fields[name]}
      placeholder={placeholder}
      onChange={(value) => setFields({ ...fields, [name]: value })}
    />
  );
  return (
    <Page
      title="Audit log"
      description="Who has called what, on what, and what came of it: by the portal, scripts, the AWS SDK and over HTTP."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="refresh" ariaLabel="Look again" onClick={entries.look} />
          <Button onClick={() => run("Could not export the audit log", exportAll)}>Export as JSON lines</Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        {entries.error !== null && <DeniedAlert error={entries.error} />}
        <Table
          variant="container"
          items={entries.value ?? []}
          loading={entries.loading}
          loadingText="Reading the log"
          trackBy="requestId"
          wrapLines
          ariaLabels={{ tableLabel: "Audit log" }}
          empty="Nothing in the log matches."
          header={
            <Header
              variant="h2"
              counter={`(${entries.value?.length ?? 0})`}
              description={`The latest ${SHOWN} that match.`}
            >
              Calls
            </Header>
          }
          filter={
            <ColumnLayout columns={4} minColumnWidth={160}>
              {text("user", "User", "user/alice or a key")}
              {text("action", "Action", "RunInstances")}
              {text("resource", "Resource", "i-…")}
              <SelectField
                label="Result"
                value={fields.result}
                options={RESULTS}
                onChange={(result) => setFields({ ...fields, result })}
              />
            </ColumnLayout>
          }
          columnDefinitions={COLUMNS}
        />
      </SpaceBetween>
    </Page>
  );
}

const COLUMNS = [
  { id: "time", header: "Time", cell: ({ time }: AuditEntry) => formatDateTime(new Date(time)), minWidth: 150 },
  { id: "who", header: "User", cell: (entry: AuditEntry) => userOf(entry), minWidth: 110 },
  { id: "action", header: "Action", cell: ({ action }: AuditEntry) => action || "–", isRowHeader: true, minWidth: 190 },
  { id: "resources", header: "Resources", cell: Resources, minWidth: 240 },
  { id: "result", header: "Result", cell: Result, minWidth: 230 },
  {
    id: "from",
    header: "From",
    cell: ({ origin, sourceIp }: AuditEntry) => (sourceIp === "" ? origin : `${origin} ${sourceIp}`),
  },
];

const userOf = ({ principal, accessKeyId }: AuditEntry): string =>
  principal === "" ? accessKeyId || "unknown" : principal.slice(principal.lastIndexOf(":") + 1);

/** The last part says it; the whole is in the export. */
function Resources({ resources, parameters }: AuditEntry) {
  const names = resources.map((arn) => arn.slice(arn.lastIndexOf(":") + 1));
  return (
    <SpaceBetween size="xxs">
      <span>{names.slice(0, 3).join(", ") || "–"}</span>
      {(names.length > 3 || parameters !== "{}") && (
        <ExpandableSection headerText="Details" variant="inline">
          <code style={{ overflowWrap: "anywhere" }}>
            {names.slice(3).join(", ")} {parameters}
          </code>
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

function Result({ errorCode, errorMessage }: AuditEntry) {
  if (errorCode === "") return <StatusIndicator type="success">Done</StatusIndicator>;
  return (
    <SpaceBetween size="xxs">
      <StatusIndicator type="error">{errorCode}</StatusIndicator>
      <ExpandableSection headerText="Reason" variant="inline">
        {errorMessage}
      </ExpandableSection>
    </SpaceBetween>
  );
}
