import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import { FLOW_LOG_FORMAT, formatFlowLogRecord } from "../../api/flow-log-format.ts";
import type { FlowLogRecord, FlowRecord, NetworkInterface } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { sentence } from "../format/text.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { formatQuestion } from "../reachability/question.ts";
import { Sentence } from "../reachability/sentence.tsx";
import { decisionWords, plain, type Words } from "../reachability/words.ts";
import { bytesColumn, numberColumn, textColumn } from "../resources/columns.tsx";
import { downloadText } from "../resources/download.ts";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { formatRoute } from "../routing/route.ts";
import { protocolOf } from "../security-groups/rule-fields.ts";
import { questionOf } from "./question-of.ts";
import { latest, type Records } from "./records.ts";
import { useFlowLog } from "./use-flow-log.ts";

/** Rows that a page draws several times a second. The export has all. */
const MOST_SHOWN = 200;

type Row = Omit<FlowLogRecord, "id"> & { readonly id: string; readonly record: FlowLogRecord };

/** What passes at an interface, and what does not, live (F54). */
export function FlowLogView({ networkInterface }: { networkInterface: NetworkInterface }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.securityGroups.onChange);
  const { records, error, followAgain, clear } = useFlowLog(networkInterface.id);
  const [held, setHeld] = useState<Records | null>(null);
  const shown = latest(held ?? records, MOST_SHOWN);
  const interfaceWith = (address: string) =>
    cloud.networkInterfaces
      .list()
      .find(
        ({ vpcId, addresses }) =>
          vpcId === networkInterface.vpcId && addresses.some((own) => own.privateIp === address),
      )?.id;
  const save = () => downloadText(`${networkInterface.id}-flow-log.txt`, textOf(networkInterface, records));
  return (
    <SpaceBetween size="m">
      {error !== null && (
        <Alert type="info" header="The log is not live" action={<Button onClick={followAgain}>Follow again</Button>}>
          {sentence(error.message)} ({error.code})
        </Alert>
      )}
      <ResourceTable
        items={shown.map((record): Row => ({ ...record, id: String(record.id), record }))}
        columns={columnsOf(cloud, interfaceWith)}
        noun={["flow", "flows"]}
        initialSorting={{ column: "time", descending: true }}
        filterPlaceholder="Find flows by action, address, port, what decided"
        nameOf={({ id }) => `flow ${id}`}
        actions={() => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              iconName={held === null ? "pause" : "play"}
              onClick={() => setHeld((before) => (before === null ? records : null))}
            >
              {held === null ? "Pause" : "Go on"}
            </Button>
            <Button
              onClick={() => {
                clear();
                setHeld(null);
              }}
            >
              Clear
            </Button>
            <Button iconName="download" disabled={records.size === 0} onClick={save}>
              Export
            </Button>
          </SpaceBetween>
        )}
        empty="Nothing has passed yet. What reaches the interface, or leaves it, shows here at once, with what let it through or stopped it."
      />
    </SpaceBetween>
  );
}

/** As EC2 writes flow logs: a line that names the fields, and one for each record, oldest first. */
function textOf({ ownerId }: NetworkInterface, records: Records): string {
  const lines = latest(records, records.size)
    .reverse()
    .map((record) => formatFlowLogRecord(record, ownerId));
  return `${[FLOW_LOG_FORMAT, ...lines].join("\n")}\n`;
}

const flowOf = ({ record }: Row): FlowRecord | null => (record.logStatus === "OK" ? record : null);

const timeFormat = new Intl.DateTimeFormat("en", { timeStyle: "medium", hour12: false });

/** The interface in the same VPC that has an address. */
type InterfaceWith = (address: string) => string | undefined;

function columnsOf(cloud: Cloud, interfaceWith: InterfaceWith): readonly ResourceColumn<Row>[] {
  const ofFlow = (text: (flow: FlowRecord) => string) => (row: Row) => {
    const flow = flowOf(row);
    return flow === null ? "" : text(flow);
  };
  return [
    textColumn("time", "Last packet", ({ end }) => timeFormat.format(end), { order: ({ end }) => end }),
    textColumn("action", "Action", actionOf, {
      isRowHeader: true,
      cell: (row) => {
        const type = { ACCEPT: "success", REJECT: "error" } as const;
        const flow = flowOf(row);
        return <StatusIndicator type={flow === null ? "info" : type[flow.action]}>{actionOf(row)}</StatusIndicator>;
      },
    }),
    textColumn(
      "direction",
      "Direction",
      ofFlow(({ direction }) => (direction === "ingress" ? "In" : "Out")),
    ),
    textColumn(
      "protocol",
      "Protocol",
      ofFlow((flow) => protocolOf(flow).toUpperCase()),
    ),
    textColumn(
      "source",
      "Source",
      ofFlow((flow) => ended(flow.packetSource, flow.sourcePort)),
    ),
    textColumn(
      "destination",
      "Destination",
      ofFlow((flow) => ended(flow.packetDestination, flow.destinationPort)),
    ),
    numberColumn("packets", "Packets", (row) => flowOf(row)?.packets ?? null),
    bytesColumn("bytes", "Bytes", (row) => flowOf(row)?.bytes ?? 0),
    textColumn("decision", "What decided", (row) => plain(decidedBy(cloud, row)), {
      cell: (row) => <Sentence words={decidedBy(cloud, row)} />,
    }),
    { id: "explain", header: "All hops", cell: (row) => <CheckNow flow={flowOf(row)} interfaceWith={interfaceWith} /> },
  ];
}

/** To what decides about such a packet now, hop by hop: a rule may have come or gone since. */
function CheckNow({ flow, interfaceWith }: { flow: FlowRecord | null; interfaceWith: InterfaceWith }) {
  const question = flow === null ? null : questionOf(flow, interfaceWith);
  if (question === null) return "–";
  return (
    <Link href={formatRoute({ page: "reachability", id: formatQuestion(question) })} ariaLabel="Check now, hop by hop">
      Check now
    </Link>
  );
}

const actionOf = (row: Row): string => flowOf(row)?.action ?? row.logStatus;

const ended = (address: string, port: number): string => (port === 0 ? address : `${address}:${port}`);

function decidedBy(cloud: Cloud, row: Row): Words {
  const flow = flowOf(row);
  if (flow === null) return [row.logStatus === "NODATA" ? "Nothing passed" : "More flows than are kept"];
  return decisionWords(cloud, flow.decision, { accept: flow.action === "ACCEPT", direction: flow.direction });
}
