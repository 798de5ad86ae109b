import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";
import type { Vpc } from "../../../api/network-types.ts";
import { usePortal } from "../../live/portal-context.ts";
import { useRerenderOn } from "../../live/use-live.ts";
import { useLoaded } from "../../live/use-loaded.ts";
import { labelOf, nameOf } from "../../network/names.ts";
import { textColumn } from "../../resources/columns.tsx";
import { SelectField, TextField } from "../../resources/fields.tsx";
import { type ResourceColumn, ResourceTable } from "../../resources/resource-table.tsx";
import { formatRoute } from "../../routing/route.ts";
import { endsOf } from "../ends.ts";
import { ProtocolField } from "../protocol-field.tsx";
import { formatQuestion, type Protocol } from "../question.ts";
import { Sentence } from "../sentence.tsx";
import { plain, reasonWords } from "../words.ts";
import { type Arrow, arrowsOf, EVERYBODY, MOST_ARROWS, pairsOf } from "./arrows.ts";
import { Drawing } from "./drawing.tsx";
import { type SubnetContents, THIS_PAGE, WORLD } from "./layout.ts";

/** With more instances than this, arrows of everybody are a tangle: this page's are shown at first. */
const FEW = 4;

/** What of a VPC reaches what on a port: drawn, and as a table. */
export function ReachabilityMap({ vpc }: { vpc: Vpc }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.instances.onChange);
  useRerenderOn(cloud.network.onChange);
  const ends = endsOf(cloud).filter(({ vpcId }) => vpcId === vpc.id);
  const ids = ends.map(({ interfaceId }) => interfaceId);
  const [protocol, setProtocol] = useState<Protocol>("tcp");
  const [port, setPort] = useState("22");
  const [chosen, setChosen] = useState<string | null>(null);
  const [looked, setLooked] = useState<Arrow | null>(null);
  const from = chosen ?? (ends.length <= FEW ? EVERYBODY : THIS_PAGE);
  const pairs = pairsOf(ids, from, { protocol, port: port.trim() });
  const found = useLoaded(
    () => arrowsOf(cloud.network, pairs),
    [cloud.network.onChange],
    [pairs.map(({ question }) => formatQuestion(question)).join(" ")],
  );
  const arrows = (found.value ?? []).filter((arrow) =>
    pairs.some((pair) => pair.from === arrow.from && pair.to === arrow.to),
  );
  const gateway = cloud.internetGateways.list().find(({ vpcId }) => vpcId === vpc.id);
  const all = cloud.subnets.list().filter(({ vpcId }) => vpcId === vpc.id);
  const contents = all.map((subnet): SubnetContents => {
    const here = ({ subnetId }: { readonly subnetId: string }) => subnetId === subnet.id;
    const nats = cloud.natGateways.list().filter((nat) => here(nat) && nat.state === "available");
    const name = nameOf(subnet) || subnet.id;
    return {
      id: subnet.id,
      name,
      cidrBlock: subnet.cidrBlock,
      ends: ends.filter(here),
      natIds: nats.map(({ id }) => id),
    };
  });
  const used = contents.filter(({ ends: inIt, natIds }) => inIt.length + natIds.length > 0);
  const names = new Map([
    [THIS_PAGE, "This page"],
    [WORLD, "The Internet"],
    ...ends.map((end) => [end.interfaceId, end.label] as const),
  ]);
  const empty = contents.length - used.length;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description="Green, solid: it arrives, and so does the answer. Red, dashed: something stops it. Each arrow leads to what decides."
          >
            Who reaches whom
          </Header>
        }
      >
        <SpaceBetween size="m">
          <SpaceBetween direction="horizontal" size="m">
            <ProtocolField protocol={protocol} onChange={setProtocol} />
            {protocol !== "icmp" && <TextField label="Port" inputMode="numeric" value={port} onChange={setPort} />}
            <SelectField
              label="From"
              value={from === EVERYBODY ? "everybody" : from}
              options={[
                { value: "everybody", label: "Everybody" },
                ...[...names].map(([value, label]) => ({ value, label })),
              ]}
              onChange={(value) => setChosen(value === "everybody" ? EVERYBODY : value)}
            />
          </SpaceBetween>
          {found.error !== null && (
            <Alert type="error" header={found.error.code}>
              {found.error.message}
            </Alert>
          )}
          <Drawing
            title={`${labelOf(vpc)}, ${vpc.cidrBlock}`}
            subnets={used}
            gateway={gateway === undefined ? null : `Internet gateway${gateway.outbound ? "" : ", nothing leaves"}`}
            arrows={arrows}
            onLook={setLooked}
          />
          <Box>
            {looked === null ? (
              <Box color="text-body-secondary">
                {ends.length === 0 ? "No instance is in it. " : "Point at an arrow to read why. "}
                {empty > 0 &&
                  `${empty} ${empty === 1 ? "subnet has" : "subnets have"} nothing in ${empty === 1 ? "it" : "them"} and ${empty === 1 ? "is" : "are"} not drawn. `}
                {pairs.length === MOST_ARROWS && `Only ${MOST_ARROWS} arrows are drawn: choose whose. `}
                What the Internet reaches is what it would in EC2: here nobody but this page can come from outside.
              </Box>
            ) : (
              <StatusIndicator type={looked.reachability.reachable ? "success" : "error"} wrapText>
                {names.get(looked.from)} to {names.get(looked.to)}: {plain(reasonWords(cloud, looked.reachability))}
              </StatusIndicator>
            )}
          </Box>
        </SpaceBetween>
      </Container>
      <ArrowTable arrows={arrows} names={names} loading={found.loading} />
    </SpaceBetween>
  );
}

type Row = Arrow & { readonly id: string };

interface ArrowTableProps {
  readonly arrows: readonly Arrow[];
  readonly names: ReadonlyMap<string, string>;
  readonly loading: boolean;
}

/** The same as a table, for those who read it or filter it. */
function ArrowTable({ arrows, names, loading }: ArrowTableProps) {
  const { cloud } = usePortal();
  const textOf = (row: Row) => plain(reasonWords(cloud, row.reachability));
  const columns: readonly ResourceColumn<Row>[] = [
    textColumn("from", "From", ({ from }) => names.get(from) ?? from, { isRowHeader: true }),
    textColumn("to", "To", ({ to }) => names.get(to) ?? to),
    textColumn("result", "Result", ({ reachability }) => (reachability.reachable ? "Reachable" : "Not reachable"), {
      cell: ({ reachability: { reachable } }) => (
        <StatusIndicator type={reachable ? "success" : "error"}>
          {reachable ? "Reachable" : "Not reachable"}
        </StatusIndicator>
      ),
    }),
    textColumn("why", "Why", textOf, { cell: (row) => <Sentence words={reasonWords(cloud, row.reachability)} /> }),
    {
      id: "details",
      header: "Hop by hop",
      cell: ({ question, from, to }) => (
        <Link
          href={formatRoute({ page: "reachability", id: formatQuestion(question) })}
          ariaLabel={`Show hop by hop: ${names.get(from)} to ${names.get(to)}`}
        >
          Show
        </Link>
      ),
    },
  ];
  return (
    <ResourceTable
      items={arrows.map((arrow) => ({ ...arrow, id: `${arrow.from} ${arrow.to}` }))}
      columns={columns}
      noun={["way", "ways"]}
      initialSorting={{ column: "from", descending: false }}
      filterPlaceholder="Find a way by its ends, result, reason"
      nameOf={({ from, to }) => `${names.get(from)} to ${names.get(to)}`}
      loading={loading}
      empty="There is nobody to reach."
    />
  );
}
