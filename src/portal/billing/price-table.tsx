import { useState } from "react";
import { formatMoney } from "../format/money.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { numberColumn, textColumn } from "../resources/columns.tsx";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { NumberField } from "../resources/fields.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";

interface Row {
  /** The usage type. */
  readonly id: string;
  readonly price: number;
  readonly currency: string;
}

const COLUMNS: readonly ResourceColumn<Row>[] = [
  textColumn("type", "Usage type", ({ id }) => id, { isRowHeader: true }),
  numberColumn("price", "Price", ({ price }) => price, { cell: ({ price, currency }) => formatMoney(price, currency) }),
  textColumn("per", "Per", ({ id }) => unitText(id)),
];

/** What a unit costs, which can be changed. */
export function PriceTableEditor() {
  const { cloud } = usePortal();
  useRerenderOn(cloud.billing.onChange);
  const { prices, currency } = cloud.billing.prices;
  return (
    <ResourceTable
      items={Object.entries(prices).map(([id, price]): Row => ({ id, price, currency }))}
      columns={COLUMNS}
      noun={["price", "prices"]}
      selection="single"
      initialSorting={{ column: "type", descending: false }}
      filterPlaceholder="Find a price by its usage type"
      nameOf={({ id }) => id}
      actions={([row]) => (
        <DialogButton
          text="Edit price"
          whyNot={row === undefined ? "Select a price first" : null}
          dialog={(close) => row && <EditPrice row={row} onClose={close} />}
        />
      )}
    />
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
      <NumberField
        label={`Price in ${currency} per ${unitText(id)}`}
        description="From now on: what has been used costs what it did. It is play money."
        value={value}
        inputMode="decimal"
        onChange={setValue}
      />
    </Dialog>
  );
}

function unitText(usageType: string): string {
  if (usageType.startsWith("BoxUsage:")) return "hour";
  if (usageType.includes("P-IOPS")) return "IOPS and month";
  if (usageType.includes("P-Throughput")) return "MiB/s and month";
  return "GiB and month";
}
