import Alert from "@cloudscape-design/components/alert";
import type { NetworkIncident, NetworkInterface } from "../../api/network-types.ts";
import { sentence } from "../format/text.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoadedOften } from "../live/use-loaded.ts";
import { numberColumn, textColumn, timeColumn } from "../resources/columns.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { ResourceLink } from "../routing/links.tsx";

/** The network tells of them when it is asked. */
const LOOK_EVERY_MS = 3000;

type Row = NetworkIncident & { readonly id: string };

/** What it was, by the reason for which it was dropped. */
const KINDS: Readonly<Partial<Record<NetworkIncident["reason"], string>>> = {
  "source-mac": "Another card’s address",
  "source-check": "Another sender’s address",
  "arp-forged": "ARP for another address",
  "arp-malformed": "ARP that is none",
  "dhcp-spoofed": "DHCP for another card",
  "dhcp-malformed": "DHCP that is none",
  "dhcp-foreign-address": "DHCP for another address",
};

const COLUMNS: readonly ResourceColumn<Row>[] = [
  timeColumn("time", "Last time", ({ time }) => new Date(time)),
  textColumn("kind", "What it was", ({ reason }) => KINDS[reason] ?? reason, { isRowHeader: true }),
  textColumn("what", "What it claimed", ({ what }) => what),
  numberColumn("count", "Times", ({ count }) => count),
  textColumn("interface", "Interface", ({ interfaceId }) => interfaceId, {
    cell: ({ interfaceId }) => <ResourceLink page="interfaces" id={interfaceId} />,
  }),
];

/** What guests have claimed to be and are not, at these interfaces: it was dropped, and nobody has seen it. */
export function IncidentTable({ interfaces }: { interfaces: readonly NetworkInterface[] }) {
  const { networkInterfaces } = usePortal().cloud;
  const ids = interfaces.map(({ id }) => id);
  const { value, error, loading } = useLoadedOften(
    async () => (await Promise.all(ids.map((id) => networkInterfaces.incidents(id)))).flat(),
    [],
    LOOK_EVERY_MS,
    [ids.join(" ")],
  );
  if (error !== null) {
    return (
      <Alert type="info" header="Incidents are not known">
        {sentence(error.message)} ({error.code})
      </Alert>
    );
  }
  return (
    <ResourceTable
      items={(value ?? []).map((incident) => ({
        ...incident,
        id: `${incident.interfaceId} ${incident.reason} ${incident.what}`,
      }))}
      columns={COLUMNS}
      noun={["incident", "incidents"]}
      initialSorting={{ column: "time", descending: true }}
      filterPlaceholder="Find an incident by what it claimed"
      nameOf={({ id }) => id}
      loading={loading}
      empty="The guest has not claimed to be anybody else. Packets with an address that is not the interface’s own, forged ARP and DHCP are dropped, and show here."
    />
  );
}
