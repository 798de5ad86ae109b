import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { formatMoney } from "../format/money.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-instances.ts";
import { Dialog } from "../resources/dialog.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";

interface Row {
  /** The usage type. */
  readonly id: string;
  readonly price: number;
  readonly currency: string;
}

const COLUMNS: readonly ResourceColumn<Row>[] = [
  { id: "type", header: "Usage type", text: ({ id }) => id, cell: ({ id }) => id, isRowHeader: true },
  {
    id: "price",
    header: "Price",
    order: ({ price }) => price,
    cell: ({ price, currency }) => formatMoney(price, currency),
  },
  { id: "per", header: "Per", text: ({ id }) => unitText(id), cell: ({ id }) => unitText(id) },
];

/** What a unit costs, which can be changed. */
export function PriceTableEditor() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.billing.onChange);
  const [editing, setEditing] = useState<Row | null>(null);
  const { prices, currency } = cloud.billing.prices;
  return (
    <>
      <ResourceTable
        items={Object.entries(prices).map(([id, price]): Row => ({ id, price, currency }))}
        columns={COLUMNS}
        noun={["price", "prices"]}
        selection="single"
        initialSorting={{ column: "type", descending: false }}
        filterPlaceholder="Find a price by its usage type"
        nameOf={({ id }) => id}
        actions={([row]) => (
          <Button
            disabled={row === undefined}
            disabledReason="Select a price first"
            onClick={() => setEditing(row ?? null)}
          >
            Edit price
          </Button>
        )}
      />
      {editing !== null && <EditPrice row={editing} onClose={() => setEditing(null)} />}
    </>
  );
}

function EditPrice({ row: { id, price, currency }, onClose }: { row: Row; onClose: () => void }) {
  const { cloud } = usePortal();
  const [value, setValue] = useState(String(price));
  return (
    <Dialog
      title={`Price of ${id}`}
      submit="Save price"
      disabled={value.trim() === ""}
      onSubmit={() => cloud.billing.setPrices({ [id]: Number(value) })}
      calls={[{ member: "billing.setPrices", args: [{ [id]: Number(value) }] }]}
      onClose={onClose}
    >
      <FormField
        label={`Price in ${currency} per ${unitText(id)}`}
        description="From now on: what has been used costs what it did. It is play money."
      >
        <Input value={value} type="number" inputMode="decimal" onChange={({ detail }) => setValue(detail.value)} />
      </FormField>
    </Dialog>
  );
}

function unitText(usageType: string): string {
  if (usageType.startsWith("BoxUsage:")) return "hour";
  if (usageType.includes("P-IOPS")) return "IOPS and month";
  if (usageType.includes("P-Throughput")) return "MiB/s and month";
  return "GiB and month";
}
